// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {NaiveField as F} from "./NaiveField.sol";

/// @dev Polynomials that are opened at the same points: what each is committed as, and its values there. A commitment is
/// given by its discrete logarithm.
struct NaiveSet {
    uint256[] points;
    uint256[] commitments;
    uint256[][] values;
}

/// @dev The opening of several sets by the definition, in discrete logarithms.
library NaiveShplonk {
    /// @dev sum over sets s and their polynomials i of v^s y^i Z_s(u)/Z_0(u) (C_i - c_i(u)) - Z(u) W, where Z_s vanishes on
    /// the points that are not in the set, and Z on those that are in the first. This is what W' times (tau - u) must be.
    function difference(NaiveSet[2] memory sets, uint256 y, uint256 v, uint256 u, uint256 opening)
        internal
        pure
        returns (uint256 sum)
    {
        for (uint256 s; s < 2; ++s) {
            uint256 ratio = F.div(_outside(sets, s, u), _outside(sets, 0, u));
            for (uint256 i; i < sets[s].commitments.length; ++i) {
                uint256 line = F.interpolate(sets[s].points, sets[s].values[i], u);
                uint256 scalar = F.mul(F.pow(v, s), F.mul(F.pow(y, i), ratio));
                sum = F.add(sum, F.mul(scalar, F.sub(sets[s].commitments[i], line)));
            }
        }
        return F.sub(sum, F.mul(F.vanish(sets[0].points, u), opening));
    }

    /// @dev prod (u - point) over the points of the other set that are not in this one.
    function _outside(NaiveSet[2] memory sets, uint256 s, uint256 u) private pure returns (uint256 product) {
        product = 1;
        uint256[] memory others = sets[1 - s].points;
        for (uint256 i; i < others.length; ++i) {
            bool inside;
            for (uint256 j; j < sets[s].points.length; ++j) {
                inside = inside || others[i] == sets[s].points[j];
            }
            if (!inside) product = F.mul(product, F.sub(u, others[i]));
        }
    }
}
