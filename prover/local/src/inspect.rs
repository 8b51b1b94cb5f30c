//! What a model or a key is.

use std::fmt::Write;
use std::path::PathBuf;

use hallmark_circuits::{
    codec::{ProofKind, Receipt},
    key::VerifyingKey,
    model::{Architecture, Batch, Space, Step},
    settlement::gas::Gas,
    verifier::statement::Statement,
};
use serde_json::{Value, json};

use super::{LocalError, Outcome, needs::Needs, subject::Subject};
use hallmark_compiling::number::count;

/// Shows a model's or a key's graph, layout, widths and digests.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// A model or a verifying key.
    pub file: PathBuf,
}

impl Inspection {
    /// Describes it.
    ///
    /// # Errors
    /// [`LocalError`] if the file can't be read, or is neither.
    pub fn run(&self) -> Result<Outcome, LocalError> {
        let subject = Subject::read(&self.file)?;
        describe(subject.name(), subject.architecture(), subject.published().as_ref())
    }
}

fn describe(kind: &str, architecture: &Architecture, key: Option<&VerifyingKey>) -> Result<Outcome, LocalError> {
    let statement = Statement::new(architecture)?;
    let batches = key.map_or(&[][..], |key| &key.batches);
    let needs = Needs::of(&statement, batches);
    let mut json = json!({
        "kind": kind,
        "architecture_digest": architecture.digest().to_string(),
        "input": {
            "shape": architecture.input.shape,
            "arrays": architecture.input.parts.iter().map(|part| json!({ "name": part.name, "shape": part.shape })).collect::<Vec<_>>(),
            "ranges": architecture.input.ranges,
            "bits": architecture.input.bits,
            "digests": architecture.input.binding.digests(),
        },
        "output": {
            "shape": architecture.output.shape,
            "scale": architecture.output.scale,
            "arrays": architecture.output.parts.iter().map(|part| json!({ "name": part.name, "shape": part.shape, "scale": part.scale })).collect::<Vec<_>>(),
        },
        "steps": architecture.steps.iter().map(|step| describe_step(architecture, step)).collect::<Vec<_>>(),
        "tables": tables(architecture),
        "weights": weights(architecture),
        "layout": layout(&statement),
        "proof_bytes": Receipt::length(&statement, ProofKind::Settlement),
        "off_chain_proof_bytes": Receipt::length(&statement, ProofKind::OffChain),
        "gas": Gas::predict(architecture, &statement.layout).total(),
    });
    needs.describe(&mut json);
    json["batches"] = batches.iter().map(|batch| describe_batch(architecture, *batch)).collect::<Result<_, _>>()?;
    let text = render(kind, &json, key, &needs);
    let Some(key) = key else { return Ok(Outcome::done(text, json)) };
    json["weight_digest"] = json!(key.digest().to_string());
    json["setup_digest"] = json!(key.setup.digest.to_string());
    Ok(Outcome::done(text, json).with_setup(key.setup.insecure))
}

/// A batch's layout, and what settling a proof of it takes for each of its answers.
fn describe_batch(architecture: &Architecture, batch: Batch) -> Result<Value, LocalError> {
    let batched = architecture.batched(batch)?;
    let statement = Statement::new(&batched)?;
    let gas = Gas::predict(&batched, &statement.layout).total();
    Ok(json!({
        "size": batch.size(),
        "layout": layout(&statement),
        "proof_bytes": Receipt::length(&statement, ProofKind::Settlement),
        "gas": gas,
        "gas_per_answer": gas / batch.size() as u64,
    }))
}

fn describe_step(architecture: &Architecture, step: &Step) -> Value {
    let terms = step.terms.iter().map(|term| {
        let factors = term.factors.iter().map(|factor| match (factor.space, factor.access.source.checked_sub(1)) {
            (Space::Weights, _) => json!({ "weights": architecture.weights[factor.access.source].name }),
            (Space::Values, None) => json!({ "values": "input" }),
            (Space::Values, Some(step)) => json!({ "values": architecture.steps[step].name }),
        });
        json!({ "coefficient": term.coefficient, "factors": factors.collect::<Vec<_>>(), "summed": term.summed })
    });
    json!({
        "name": step.name,
        "axes": step.axes,
        "terms": terms.collect::<Vec<_>>(),
        "shift": step.shift,
        "table": architecture.tables[step.table].name,
    })
}

fn tables(architecture: &Architecture) -> Value {
    let tables = architecture.tables.iter();
    tables.map(|table| json!({ "name": table.name, "first": table.first, "entries": table.outputs.len() })).collect()
}

fn weights(architecture: &Architecture) -> Value {
    architecture.weights.iter().map(|shape| json!({ "name": shape.name, "axes": shape.axes })).collect()
}

fn layout(statement: &Statement<'_>) -> Value {
    let layout = &statement.layout;
    let space = |bits, rows: usize| json!({ "bits": bits, "rows": rows });
    json!({
        "row_bits": layout.row_bits,
        "weight_row_bits": layout.weight_row_bits,
        "cells": space(layout.cell_bits, layout.cell_rows()),
        "weights": space(layout.weight_bits, layout.weight_rows()),
        "entries": space(layout.entry_bits, layout.entry_rows()),
    })
}

/// The text says what the JSON says.
fn render(kind: &str, json: &Value, key: Option<&VerifyingKey>, needs: &Needs) -> String {
    let mut text = format!("A {kind}\n");
    let mut line = |line: String| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{line}");
    };
    line(format!("  architecture  {}", plain(&json["architecture_digest"])));
    if let Some(key) = key {
        line(format!("  weights       {}", key.digest()));
        line(format!("  setup         {}", key.setup.digest));
    } else {
        line("  weights       not committed to yet".into());
    }
    let told = if json["input"]["digests"] == 0 { "" } else { ", told by digests" };
    line(format!("  input         {} of {} bits{told}", json["input"]["shape"], json["input"]["bits"]));
    for part in items(&json["input"]["arrays"]) {
        line(format!("    {} {}", part["name"], part["shape"]));
    }
    for range in items(&json["input"]["ranges"]) {
        let values = count(range["count"].as_u64().unwrap_or_default() as usize, "value");
        line(format!("    {values} from {} to {}, in the model's integers", range["least"], range["greatest"]));
    }
    line(format!("  output        {} in units of {}", json["output"]["shape"], json["output"]["scale"]));
    for part in items(&json["output"]["arrays"]) {
        line(format!("    {} {} in units of {}", part["name"], part["shape"], part["scale"]));
    }
    line(format!("  proof         {} bytes, off chain {}", json["proof_bytes"], json["off_chain_proof_bytes"]));
    line(format!("  gas           about {} to have the proof of one answer checked", json["gas"]));
    line(format!("  needs         a structured reference string of {needs}"));
    line("Steps".into());
    for step in items(&json["steps"]) {
        line(format!("  {} {}", plain(&step["name"]), step["axes"]));
        for term in items(&step["terms"]) {
            line(format!("    + {}", term_text(term)));
        }
        line(format!("    >> {}, then table {}", step["shift"], plain(&step["table"])));
    }
    line("Tables".into());
    for table in items(&json["tables"]) {
        line(format!("  {}: {} entries from {}", plain(&table["name"]), table["entries"], table["first"]));
    }
    line("Weights".into());
    for weights in items(&json["weights"]) {
        line(format!("  {} {}", plain(&weights["name"]), weights["axes"]));
    }
    let [row_bits, weight_row_bits] = ["row_bits", "weight_row_bits"].map(|name| &json["layout"][name]);
    let of_weights =
        if row_bits == weight_row_bits { String::new() } else { format!(", of weights 2^{weight_row_bits}") };
    line(format!("Layout, in rows of 2^{row_bits}{of_weights}"));
    for space in ["cells", "weights", "entries"] {
        let layout = &json["layout"][space];
        let rows = layout["rows"].as_u64().unwrap_or_default() as usize;
        line(format!("  {space:<8} 2^{} in {}", layout["bits"], count(rows, "row")));
    }
    for batch in items(&json["batches"]) {
        let cells = &batch["layout"]["cells"];
        let rows = cells["rows"].as_u64().unwrap_or_default() as usize;
        line(format!(
            "Batches of {}: cells 2^{} in {}, about {} gas an answer to have the proof checked",
            batch["size"],
            cells["bits"],
            count(rows, "row"),
            batch["gas_per_answer"]
        ));
    }
    text
}

fn term_text(term: &Value) -> String {
    let factors = items(&term["factors"]).iter();
    let names = factors.filter_map(|factor| factor["weights"].as_str().or_else(|| factor["values"].as_str()));
    let product =
        [term["coefficient"].to_string()].into_iter().chain(names.map(escape)).collect::<Vec<_>>().join(" * ");
    match items(&term["summed"]) {
        [] => product,
        _ => format!("{product} summed over {}", term["summed"]),
    }
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), escape)
}

/// Names come from files: what would steer a terminal is shown instead.
fn escape(name: &str) -> String {
    name.chars().flat_map(|letter| letter.escape_debug()).collect()
}
