//! Ensembles of decision trees.
//!
//! An inner node compares a feature with a threshold, which is a table of their difference. A leaf is reached where as many of the
//! comparisons on its path come out for it as there are, which is a table of their sum. The answer is the sum of the leaves' weights.
//! All trees are padded to the size of the largest, so that they are one matrix each.

use std::collections::HashMap;

use hallmark_circuits::model::Access;
use ndarray::{Array2, Array3};

use super::entry::Entry;
use super::variables::Variables;
use super::{Lowering, Value};
use crate::error::CompileError;
use crate::function::{Binary, Function, Unary};
use crate::limits::MAX_SELECTION;
use crate::node::Node;
use crate::operator::Kind;
use crate::schema::CLASSICAL;
use crate::view::View;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    tree("TreeEnsembleRegressor", "sums of decision trees", |lowering, node| lowering.lower_tree_regressor(node))
        .limited("sums and averages; comparisons by order"),
    tree("TreeEnsembleClassifier", "scores by decision trees", |lowering, node| lowering.lower_tree_classifier(node))
        .limited("comparisons by order; whole labels"),
];

const fn tree(name: &'static str, about: &'static str, lower: super::entry::Lower) -> Entry {
    Entry::new(name, &[1, 3], Kind::Classical, about, lower).of(CLASSICAL)
}

/// The most nodes of all trees.
const MOST_NODES: usize = 1 << 16;

/// A comparison: `x[feature] > threshold` with sign 1, `x[feature] < threshold` with sign -1.
struct Split {
    feature: usize,
    threshold: f64,
    sign: f64,
}

/// A leaf: the comparisons of its path by their numbers in the tree, and whether each comes out true; what it adds to which output.
struct Leaf {
    path: Vec<(usize, bool)>,
    weights: Vec<(usize, f64)>,
}

/// A tree.
#[derive(Default)]
struct Tree {
    splits: Vec<Split>,
    leaves: Vec<Leaf>,
}

impl Lowering<'_> {
    fn lower_tree_regressor(&mut self, node: &Node) -> Result<(), CompileError> {
        let targets = usize::try_from(node.integer("n_targets", 1)).unwrap_or(0);
        let trees = Reader::new(node, "target")?.trees(targets)?;
        let share = match node.text("aggregate_function", "SUM").as_str() {
            "SUM" => 1.0,
            "AVERAGE" => 1.0 / trees.len() as f64,
            other => {
                return Err(node.fail(format!("its aggregate_function {other} is not supported; SUM and AVERAGE are")));
            }
        };
        let value = self.tree_sums(node, &trees, targets, share)?;
        let value = self.post_transform(node, value)?;
        self.set(node, value)
    }

    /// The first output is the label, the second holds the scores.
    fn lower_tree_classifier(&mut self, node: &Node) -> Result<(), CompileError> {
        let labels = node.integers("classlabels_int64s").filter(|labels| !labels.is_empty());
        let classes = labels.as_ref().map_or_else(|| node.names("classlabels_strings").len(), Vec::len);
        let reader = Reader::new(node, "class")?;
        let one_score = classes == 2 && reader.outputs.windows(2).all(|pair| pair[0] == pair[1]);
        let scores = if one_score {
            // Only one class has weights: the score of the other is what is missing to 1, or its negative.
            let positive = reader.weights.iter().all(|&weight| weight >= 0.0);
            let trees = reader.trees_of_one()?;
            let score = self.tree_sums(node, &trees, 1, 1.0)?;
            let score = self.tensor_value(node, score)?;
            let other = if positive {
                self.combine_scalar(node, Binary::Subtract, score.clone(), 1.0, true)?
            } else {
                self.map(node, score.clone(), |x| x.then(Unary::Negate))?
            };
            let both = self.joined(node, vec![other, score], 1)?;
            if positive { both } else { self.post_transform(node, both)? }
        } else {
            let trees = reader.trees(classes)?;
            let scores = self.tree_sums(node, &trees, classes, 1.0)?;
            self.post_transform(node, scores)?
        };
        self.set_classes(node, labels.as_deref(), scores.clone(), scores)
    }

    /// The sum of the weights of the leaves that are reached, for each output, plus the base values.
    fn tree_sums(&mut self, node: &Node, trees: &[Tree], outputs: usize, share: f64) -> Result<Value, CompileError> {
        let value = self.value(node, 0)?;
        let &[rows, features] = self.shape_of(&value).as_slice() else {
            return Err(node.fail("its input must be rows of features"));
        };
        let most = |count: fn(&Tree) -> usize| trees.iter().map(count).max().unwrap_or(0).max(1);
        let (splits, leaves) = (most(|tree| tree.splits.len()), most(|tree| tree.leaves.len()));
        let entries = trees.len().saturating_mul(splits).saturating_mul(features.max(leaves));
        if entries > MAX_SELECTION {
            return Err(node.fail(format!(
                "its {} trees of up to {splits} comparisons of {features} features take {entries} weights; {MAX_SELECTION} is the most",
                trees.len()
            )));
        }
        let mut chosen = Array2::zeros((features, trees.len() * splits));
        // Comparisons that pad a tree are false, and no path has them.
        let mut bias = vec![-1.0; trees.len() * splits];
        for (place, split) in trees.iter().enumerate().flat_map(|(tree, at)| {
            at.splits.iter().enumerate().map(move |(index, split)| (tree * splits + index, split))
        }) {
            if split.feature >= features {
                return Err(node.fail(format!("it reads feature {}, and there are {features}", split.feature)));
            }
            chosen[[split.feature, place]] = split.sign;
            bias[place] = -split.sign * split.threshold;
        }
        let differences = self.dense(node, value, 1, &chosen, Some(bias))?;
        let truths = self.map(node, differences, |x| x.then(Unary::IsPositive))?;
        let truths = self.reshaped(node, truths, &[rows, trees.len(), splits])?;
        let reached = self.reached(node, truths, trees, leaves)?;
        let reached = self.reshaped(node, reached, &[rows, trees.len() * leaves])?;
        let mut weights = Array2::zeros((trees.len() * leaves, outputs));
        for (tree, at) in trees.iter().enumerate() {
            for (leaf, at) in at.leaves.iter().enumerate() {
                for &(output, weight) in &at.weights {
                    weights[[tree * leaves + leaf, output]] += share * weight;
                }
            }
        }
        let base = node.reals("base_values").filter(|base| !base.is_empty());
        if base.as_ref().is_some_and(|base| base.len() != outputs) {
            return Err(node.fail("its base_values are not one for each output"));
        }
        self.dense(node, reached, 1, &weights, base)
    }

    /// 1 for each leaf that is reached: where no comparison of its path comes out against it.
    fn reached(&mut self, node: &Node, truths: Value, trees: &[Tree], leaves: usize) -> Result<Value, CompileError> {
        let (tensor, view) = self.read(&node.name, truths)?;
        let shape = view.shape();
        let mut paths = Array3::zeros((trees.len(), leaves, shape[2]));
        let mut against = Array2::from_elem((trees.len(), leaves), 1.0);
        for (tree, at) in trees.iter().enumerate() {
            for (leaf, at) in at.leaves.iter().enumerate() {
                against[[tree, leaf]] = at.path.iter().filter(|(_, wanted)| *wanted).count() as f64;
                for &(split, wanted) in &at.path {
                    paths[[tree, leaf, split]] = if wanted { -1.0 } else { 1.0 };
                }
            }
        }
        let (samples, groups, inner) = (view.digits[0].clone(), view.digits[1].clone(), view.digits[2].clone());
        let mut variables = Variables::default();
        let sample = variables.add_all(&samples);
        let group = variables.add_all(&groups);
        let leaf = variables.add(leaves);
        variables.close_axes();
        let split = variables.add_all(&inner);
        let axes = [&groups[..], &[leaves], &inner].concat();
        let maps = [group.clone(), vec![leaf.clone()], split.clone()].concat();
        let weights =
            Access { source: self.add_weights(&node.name, axes, paths.iter().copied().collect()), axes: maps };
        let values = Access { source: tensor, axes: view.substitute(&[sample, group.clone(), split].concat()) };
        let product = self.product(&variables, Some(weights), values);
        let source = self.add_weights(&node.name, [&groups[..], &[leaves]].concat(), against.iter().copied().collect());
        let against = Access { source, axes: [group, vec![leaf]].concat() };
        let sum = self.add_sum(
            &node.name,
            variables.axes(),
            vec![product, crate::float_model::Product::new(vec![], Some(against), None)],
        )?;
        let leaf = if leaves == 1 { vec![] } else { vec![leaves] };
        let view = View::packed(vec![samples, groups, leaf]);
        self.map(node, Value::Sum(sum, Function::Variable, view), |x| x.then(Unary::IsZero))
    }
}

/// The attributes of an ensemble.
struct Reader<'n> {
    node: &'n Node,
    trees: Vec<i64>,
    nodes: Vec<i64>,
    features: Vec<i64>,
    thresholds: Vec<f64>,
    modes: Vec<String>,
    yes: Vec<i64>,
    no: Vec<i64>,
    places: HashMap<(i64, i64), usize>,
    /// The leaves that have weights, by the place of the node.
    leaves: Vec<usize>,
    outputs: Vec<i64>,
    weights: Vec<f64>,
}

impl<'n> Reader<'n> {
    fn new(node: &'n Node, prefix: &str) -> Result<Self, CompileError> {
        let integers = |name: &str| node.integers(name).unwrap_or_default();
        let (trees, nodes) = (integers("nodes_treeids"), integers("nodes_nodeids"));
        let (features, yes, no) =
            (integers("nodes_featureids"), integers("nodes_truenodeids"), integers("nodes_falsenodeids"));
        let (thresholds, modes) = (node.reals("nodes_values").unwrap_or_default(), node.names("nodes_modes"));
        let lengths = [nodes.len(), features.len(), yes.len(), no.len(), thresholds.len(), modes.len()];
        if trees.is_empty() || lengths.iter().any(|&length| length != trees.len()) {
            return Err(node.fail("its lists of nodes have different lengths, or none has any"));
        }
        if trees.len() > MOST_NODES {
            return Err(node.fail(format!("it has {} nodes; {MOST_NODES} is the most", trees.len())));
        }
        let places: HashMap<(i64, i64), usize> =
            trees.iter().copied().zip(nodes.iter().copied()).enumerate().map(|(place, key)| (key, place)).collect();
        if places.len() < trees.len() {
            return Err(node.fail("two of its nodes have one number"));
        }
        let owners = integers(&format!("{prefix}_treeids")).into_iter().zip(integers(&format!("{prefix}_nodeids")));
        let leaves: Option<Vec<usize>> = owners.map(|key| places.get(&key).copied()).collect();
        let leaves = leaves.ok_or_else(|| node.fail("it has weights for a node that is not there"))?;
        let outputs = integers(&format!("{prefix}_ids"));
        let weights = node.reals(&format!("{prefix}_weights")).unwrap_or_default();
        if outputs.len() != leaves.len() || weights.len() != leaves.len() {
            return Err(node.fail("its lists of weights have different lengths"));
        }
        Ok(Self { node, trees, nodes, features, thresholds, modes, yes, no, places, leaves, outputs, weights })
    }

    /// The trees; their leaves have weights for `outputs` outputs.
    fn trees(&self, outputs: usize) -> Result<Vec<Tree>, CompileError> {
        let number = |&id: &i64| usize::try_from(id).ok().filter(|&id| id < outputs);
        let numbers: Option<Vec<usize>> = self.outputs.iter().map(number).collect();
        let numbers = numbers.ok_or_else(|| self.node.fail("it has weights for an output that is not there"))?;
        self.grown(&numbers)
    }

    /// The trees, where all weights are of one output.
    fn trees_of_one(&self) -> Result<Vec<Tree>, CompileError> {
        self.grown(&vec![0; self.outputs.len()])
    }

    fn grown(&self, outputs: &[usize]) -> Result<Vec<Tree>, CompileError> {
        let mut weights: HashMap<usize, Vec<(usize, f64)>> = HashMap::new();
        for ((&leaf, &output), &weight) in self.leaves.iter().zip(outputs).zip(&self.weights) {
            weights.entry(leaf).or_default().push((output, weight));
        }
        let mut roots: Vec<usize> = vec![];
        for place in 0..self.trees.len() {
            if roots.iter().all(|&root| self.trees[root] != self.trees[place]) {
                roots.push(place);
            }
        }
        let mut seen = vec![false; self.trees.len()];
        roots.into_iter().map(|root| self.grow(root, &weights, &mut seen)).collect()
    }

    /// The tree below a node. Every node may be reached once, so that no list makes a walk without end.
    fn grow(
        &self,
        root: usize,
        weights: &HashMap<usize, Vec<(usize, f64)>>,
        seen: &mut [bool],
    ) -> Result<Tree, CompileError> {
        let mut tree = Tree::default();
        let mut open = vec![(root, vec![])];
        while let Some((place, path)) = open.pop() {
            if std::mem::replace(&mut seen[place], true) {
                return Err(self.node.fail("two branches of its trees lead to one node"));
            }
            let Some(split) = self.split(place)? else {
                let weights = weights.get(&place).cloned().unwrap_or_default();
                tree.leaves.push(Leaf { path, weights });
                continue;
            };
            let number = tree.splits.len();
            tree.splits.push(split.0);
            for (child, wanted) in [(self.yes[place], split.1), (self.no[place], !split.1)] {
                let child = self.places.get(&(self.trees[place], child)).copied();
                let child = child.ok_or_else(|| self.node.fail("a branch of its trees leads to no node"))?;
                open.push((child, [&path[..], &[(number, wanted)]].concat()));
            }
        }
        Ok(tree)
    }

    /// The comparison of an inner node, and how it comes out where the node is true; nothing for a leaf.
    fn split(&self, place: usize) -> Result<Option<(Split, bool)>, CompileError> {
        let (sign, yes) = match self.modes[place].as_str() {
            "LEAF" => return Ok(None),
            "BRANCH_LEQ" => (1.0, false),
            "BRANCH_GT" => (1.0, true),
            "BRANCH_LT" => (-1.0, true),
            "BRANCH_GTE" => (-1.0, false),
            mode => {
                return Err(self.node.fail(format!(
                    "node {} of its tree {} compares by {mode}, which rounding decides; export comparisons by order",
                    self.nodes[place], self.trees[place]
                )));
            }
        };
        let feature =
            usize::try_from(self.features[place]).map_err(|_| self.node.fail("it reads a negative feature"))?;
        Ok(Some((Split { feature, threshold: self.thresholds[place], sign }, yes)))
    }
}
