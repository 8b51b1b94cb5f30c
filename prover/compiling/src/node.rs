//! One node of an ONNX graph, held against what its operator set says of it.

use std::collections::HashMap;

use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, TensorProto};

use super::constant::{Constant, read_tensor};
use super::error::CompileError;
use super::interface::Output;
use super::operator::{Find, Operator};
use super::opset::Opsets;
use super::schema::{Version, newest, version, versions};

/// The most characters of a name that messages and models keep.
const MAX_SHOWN: usize = 128;

/// A node of an operator that is understood, with the inputs, outputs and attributes that its version has.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// A name for people.
    pub(super) name: String,
    /// The operator.
    pub(super) operator: &'static Operator,
    /// The version of the operator: the operator set that it came with.
    pub(super) version: u32,
    /// The tensors that are read; an optional one that is left out is empty.
    pub(super) inputs: Vec<String>,
    /// What the graphs inside the node read or make.
    pub(super) captured: Vec<String>,
    /// The tensors that are made.
    pub(super) outputs: Vec<String>,
    attributes: HashMap<String, AttributeProto>,
}

impl Node {
    /// Reads a node.
    ///
    /// # Errors
    ///
    /// Fails where the operator or its version is not understood, or the node is not one of that version.
    pub(super) fn new(index: usize, proto: &NodeProto, opsets: &Opsets, find: Find) -> Result<Self, CompileError> {
        let name = display_name(index, proto);
        let domain = Opsets::domain(&proto.domain);
        let fail = |reason: String| CompileError::Node {
            node: name.clone(),
            operator: proto.op_type.chars().take(MAX_SHOWN).collect(),
            reason,
        };
        if newest(domain).is_none() {
            return Err(fail(format!(
                "its domain `{domain}` is not known; export the model with standard operators, or inline its functions \
                 with onnx.inliner"
            )));
        }
        let set =
            opsets.version(domain).ok_or_else(|| fail(format!("the model imports no operator set `{domain}`")))?;
        let operator = find(domain, &proto.op_type).ok_or_else(|| unsupported(&name, domain, proto))?;
        let version = version(domain, operator.name, set).ok_or_else(|| {
            let first = versions(domain, operator.name).first().map_or(0, |version| version.since);
            fail(format!("operator set {set} has no such operator; it came with {first}"))
        })?;
        if version.deprecated {
            return Err(fail(format!("operator set {} removed it; export the model anew", version.since)));
        }
        if !operator.versions.contains(&version.since) {
            return Err(fail(format!(
                "its version of operator set {} is not understood, only those of {:?}; convert the model with \
                 onnx.version_converter to a newer operator set",
                version.since, operator.versions
            )));
        }
        check_signature(proto, version).map_err(fail)?;
        let attributes = proto.attribute.iter().map(|attribute| (attribute.name.clone(), attribute.clone())).collect();
        Ok(Self {
            name,
            operator,
            version: version.since,
            inputs: proto.input.clone(),
            captured: captured(proto).map(str::to_owned).collect(),
            outputs: proto.output.clone(),
            attributes,
        })
    }

    /// The same node as one of another operator, in its newest version, with other inputs.
    pub(super) fn of_operator(self, operator: &'static Operator, inputs: Vec<String>) -> Self {
        let version = operator.versions.last().copied().unwrap_or(self.version);
        Self { operator, version, inputs, ..self }
    }

    /// An error at this node.
    pub(super) fn fail(&self, reason: impl Into<String>) -> CompileError {
        CompileError::Node { node: self.name.clone(), operator: self.operator.name.to_owned(), reason: reason.into() }
    }

    /// The name of an input, nothing where it is left out.
    pub(super) fn input(&self, index: usize) -> Option<&str> {
        self.inputs.get(index).map(String::as_str).filter(|name| !name.is_empty())
    }

    /// The name of the first output.
    pub(super) fn output(&self) -> Result<&str, CompileError> {
        self.outputs.first().map(String::as_str).ok_or_else(|| self.fail("it has no output"))
    }

    /// An integer attribute.
    pub(super) fn integer(&self, name: &str, default: i64) -> i64 {
        self.attributes.get(name).map_or(default, |attribute| attribute.i)
    }

    /// An integer attribute, nothing where it is left out.
    pub(super) fn integer_given(&self, name: &str) -> Option<i64> {
        self.attributes.get(name).map(|attribute| attribute.i)
    }

    /// Whether an integer attribute is there and not zero.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.integer(name, 0) != 0
    }

    /// A real attribute.
    pub(super) fn real(&self, name: &str, default: f64) -> f64 {
        self.attributes.get(name).map_or(default, |attribute| f64::from(attribute.f))
    }

    /// A list of integers, nothing where it is left out.
    pub(super) fn integers(&self, name: &str) -> Option<Vec<i64>> {
        self.attributes.get(name).map(|attribute| attribute.ints.clone())
    }

    /// A list of reals, nothing where it is left out.
    pub(super) fn reals(&self, name: &str) -> Option<Vec<f64>> {
        self.attributes.get(name).map(|attribute| attribute.floats.iter().map(|&value| f64::from(value)).collect())
    }

    /// A list of texts.
    pub(super) fn names(&self, name: &str) -> Vec<String> {
        let texts = self.attributes.get(name).map_or(&[][..], |attribute| &attribute.strings);
        texts.iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect()
    }

    /// A text attribute.
    pub(super) fn text(&self, name: &str, default: &str) -> String {
        let text = |attribute: &AttributeProto| String::from_utf8_lossy(&attribute.s).into_owned();
        self.attributes.get(name).map_or_else(|| default.to_owned(), text)
    }

    /// The value of a `Constant` node, or of the one that fills a `ConstantOfShape`.
    pub(super) fn value(&self) -> Option<Result<Constant, CompileError>> {
        if let Some(tensor) = self.tensor("value") {
            return Some(read_tensor(tensor, &self.name));
        }
        let scalar = |value: f64, integer| Constant { data: ndarray::arr0(value).into_dyn(), integer };
        if let Some(attribute) = self.attributes.get("value_float") {
            return Some(Ok(scalar(f64::from(attribute.f), false)));
        }
        if let Some(attribute) = self.attributes.get("value_int") {
            return Some(Ok(scalar(attribute.i as f64, true)));
        }
        if let Some(values) = self.reals("value_floats") {
            return Some(Ok(Constant::real(ndarray::Array1::from(values).into_dyn())));
        }
        self.attributes.get("value_ints").map(|attribute| Ok(Constant::integers(&attribute.ints)))
    }

    /// A graph attribute.
    pub(super) fn graph(&self, name: &str) -> Option<&GraphProto> {
        self.attributes.get(name).and_then(|attribute| attribute.g.as_ref())
    }

    /// Whether the node or a graph inside it reads a tensor.
    pub(super) fn reads(&self, name: &str) -> bool {
        self.inputs.iter().chain(&self.captured).any(|read| read == name)
    }

    /// A tensor attribute.
    pub(super) fn tensor(&self, name: &str) -> Option<&TensorProto> {
        self.attributes.get(name).and_then(|attribute| attribute.t.as_ref())
    }
}

/// How often each tensor is read. Each of the graph's outputs counts as a reader.
pub(super) fn count_uses(nodes: &[Node], outputs: &[Output]) -> HashMap<String, usize> {
    let mut uses: HashMap<String, usize> = outputs.iter().map(|output| (output.name.clone(), 1)).collect();
    for name in nodes.iter().flat_map(|node| node.inputs.iter().chain(&node.captured)) {
        *uses.entry(name.clone()).or_default() += 1;
    }
    uses
}

/// The names in the graphs inside a node.
pub(super) fn captured(node: &NodeProto) -> Box<dyn Iterator<Item = &str> + '_> {
    let graphs = node.attribute.iter().filter_map(|attribute| attribute.g.as_ref());
    Box::new(graphs.flat_map(|graph| {
        let inside = graph.node.iter().flat_map(|node| node.input.iter().map(String::as_str).chain(captured(node)));
        inside.chain(graph.output.iter().map(|output| output.name.as_str())).filter(|name| !name.is_empty())
    }))
}

/// A node's name for people.
pub(super) fn display_name(index: usize, node: &NodeProto) -> String {
    let name = match (node.name.as_str(), node.output.first()) {
        ("", Some(output)) => output.clone(),
        ("", None) => format!("node {index}"),
        (name, _) => name.to_owned(),
    };
    name.chars().take(MAX_SHOWN).collect()
}

fn unsupported(node: &str, domain: &str, proto: &NodeProto) -> CompileError {
    let before = proto.input.iter().find(|name| !name.is_empty());
    let way_out = match before {
        Some(before) => {
            format!("export the model without it, or compile up to a tensor before it, such as --output-name {before}")
        }
        None => String::from("export the model without control flow or random numbers"),
    };
    let exists = !versions(domain, &proto.op_type).is_empty();
    CompileError::Operator {
        node: node.to_owned(),
        operator: proto.op_type.chars().take(MAX_SHOWN).collect(),
        reason: if exists { "is not supported" } else { "is not an operator of ONNX" },
        way_out,
    }
}

/// Why a node is not one of a version of its operator.
fn check_signature(proto: &NodeProto, version: &Version) -> Result<(), String> {
    let count = |what: &str, found: usize, range: std::ops::RangeInclusive<usize>| {
        if range.contains(&found) {
            return Ok(());
        }
        let (least, most) = (range.start(), range.end());
        let wanted = if least == most { least.to_string() } else { format!("{least} to {most}") };
        Err(format!("it has {found} {what}; it must have {wanted}"))
    };
    count("inputs", proto.input.len(), version.inputs())?;
    count("outputs", proto.output.len(), version.outputs())?;
    for attribute in &proto.attribute {
        let known = version.attributes.iter().find(|known| known.name == attribute.name);
        let known = known.ok_or_else(|| {
            format!("operator set {} gives it no attribute `{}`", version.since, shown(&attribute.name))
        })?;
        if !attribute.ref_attr_name.is_empty() {
            return Err(format!("its attribute `{}` belongs to a function; inline it with onnx.inliner", known.name));
        }
        // Files of old versions leave the type out.
        if attribute.r#type != 0 && attribute.r#type != known.kind {
            return Err(format!("its attribute `{}` has another type than ONNX gives it", known.name));
        }
    }
    let given = |name: &str| proto.attribute.iter().filter(|attribute| attribute.name == name).count();
    for known in &version.attributes {
        match given(&known.name) {
            0 if known.required => return Err(format!("its attribute `{}` is missing", known.name)),
            0 | 1 => {}
            _ => return Err(format!("its attribute `{}` is there twice", known.name)),
        }
    }
    Ok(())
}

fn shown(name: &str) -> String {
    name.chars().take(MAX_SHOWN).collect()
}
