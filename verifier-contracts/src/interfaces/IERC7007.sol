// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title ERC-7007: verifiable AI-generated content
/// @notice Tokens with a proof that a model made the content from a prompt.
/// @dev The id of the interface, by ERC-165, is 0x702c55a6.
interface IERC7007 {
    /// @notice Content has been added to a token.
    event AigcData(uint256 indexed tokenId, bytes indexed prompt, bytes indexed aigcData, bytes proof);

    /// @notice Adds content to a token. Reverts unless the proof shows that the model made the content from the prompt.
    function addAigcData(uint256 tokenId, bytes calldata prompt, bytes calldata aigcData, bytes calldata proof) external;

    /// @notice Whether the proof shows that the model made the content from the prompt.
    function verify(bytes calldata prompt, bytes calldata aigcData, bytes calldata proof)
        external
        view
        returns (bool success);
}

/// @title ERC-7007's verifier
interface IVerifier {
    /// @notice Whether a proof holds for public input.
    function verifyProof(bytes calldata publicInput, bytes calldata proof) external view returns (bool success);
}
