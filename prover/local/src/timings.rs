//! Where the time went: the spans of a run as a tree.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A phase of some work, with the phases within it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// The phase.
    pub name: String,
    /// How long it took.
    pub seconds: f64,
    /// How often it was entered.
    pub parts: usize,
    /// The phases within it.
    pub inside: Vec<Timing>,
}

impl Timing {
    /// The phase and all within it, each with the path that leads there.
    #[must_use]
    pub fn flatten(&self) -> Vec<(String, f64)> {
        let inside = self.inside.iter().flat_map(Self::flatten);
        let below = inside.map(|(path, seconds)| (format!("{}/{path}", self.name), seconds));
        std::iter::once((self.name.clone(), self.seconds)).chain(below).collect()
    }

    fn write(&self, f: &mut Formatter<'_>, depth: usize) -> fmt::Result {
        let label = format!("{:indent$}{}", "", self.name, indent = 2 * depth);
        write!(f, "{label:<40} {:>10.2} ms", 1e3 * self.seconds)?;
        writeln!(f, "{}", if self.parts > 1 { format!("  in {} parts", self.parts) } else { String::new() })?;
        self.inside.iter().try_for_each(|timing| timing.write(f, depth + 1))
    }
}

/// A line for each phase.
impl Display for Timing {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}

/// The spans of a run. Spans of one name under one parent count as one.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    parent: Option<usize>,
    name: String,
    entries: usize,
    total: Duration,
}

impl Tree {
    /// The node of a span.
    pub(crate) fn node(&mut self, parent: Option<usize>, name: &str) -> usize {
        let found = self.nodes.iter().position(|node| node.parent == parent && node.name == name);
        found.unwrap_or_else(|| {
            self.nodes.push(Node { parent, name: name.to_owned(), entries: 0, total: Duration::ZERO });
            self.nodes.len() - 1
        })
    }

    /// Adds time that was spent in a span.
    pub(crate) fn add(&mut self, node: usize, time: Duration) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.entries += 1;
            node.total += time;
        }
    }

    /// All spans, each with those within it.
    pub(crate) fn timings(&self) -> Vec<Timing> {
        self.below(None)
    }

    fn below(&self, parent: Option<usize>) -> Vec<Timing> {
        let children = self.nodes.iter().enumerate().filter(|(_, node)| node.parent == parent);
        let timing = |(index, node): (usize, &Node)| Timing {
            name: node.name.clone(),
            seconds: node.total.as_secs_f64(),
            parts: node.entries,
            inside: self.below(Some(index)),
        };
        children.map(timing).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_one_name_are_added_and_stand_under_their_parent() {
        let mut tree = Tree::default();
        let prove = tree.node(None, "prove");
        for _ in 0..2 {
            let commit = tree.node(Some(prove), "commit");
            tree.add(commit, Duration::from_millis(2));
        }
        tree.add(prove, Duration::from_millis(5));
        let inside = vec![Timing { name: "commit".into(), seconds: 0.004, parts: 2, inside: Vec::new() }];
        assert_eq!(tree.timings(), [Timing { name: "prove".into(), seconds: 0.005, parts: 1, inside }]);
    }
}
