//! `hallmark bench`: reports of this machine, and what is said of two of them.

use std::{fs, sync::OnceLock};

use serde_json::{Value, json};

use super::world::World;

/// A quick run, which all tests share.
fn measured() -> &'static (World, Value) {
    static MEASURED: OnceLock<(World, Value)> = OnceLock::new();
    MEASURED.get_or_init(|| {
        let world = World::copy();
        let report = world.done("bench --quick --threads 2 -o quick");
        (world, report)
    })
}

/// A folder with the report, and with another that somebody changed.
fn changed(change: impl FnOnce(&mut Value)) -> World {
    let mut report = measured().1.clone();
    let world = World::copy();
    fs::write(world.path("a.json"), report.to_string()).unwrap();
    change(&mut report);
    fs::write(world.path("b.json"), report.to_string()).unwrap();
    world
}

#[test]
fn a_report_has_every_figure() {
    let (world, report) = measured();
    let written: Value = serde_json::from_slice(&fs::read(world.path("quick/report.json")).unwrap()).unwrap();
    assert_eq!(&written, report);
    assert_eq!((&report["threads"], &report["runs"]), (&json!(2), &json!(1)));
    let positive = |value: &Value, what: &str| assert!(value.as_f64().unwrap() > 0.0, "{what}: {value}");
    positive(&report["unit_seconds"], "unit");
    for (part, fields) in [
        ("program", ["version", "commit", "compiler", "profile"].as_slice()),
        ("machine", &["cpu", "cores", "memory_bytes", "system", "load"]),
    ] {
        assert!(fields.iter().all(|field| !report[part][field].is_null()), "{}", report[part]);
    }
    let [model] = report["models"].as_array().unwrap().as_slice() else { panic!("one model") };
    assert_eq!(model["name"], "digits_mlp");
    let names = [
        "compile",
        "srs new",
        "commit",
        "setup",
        "prove --off-chain",
        "prove, the first",
        "prove",
        "verify off-chain",
        "verify",
    ];
    let stages = model["stages"].as_array().unwrap();
    assert!(stages.iter().map(|stage| stage["name"].as_str().unwrap()).eq(names));
    for (stage, field) in
        stages.iter().flat_map(|stage| ["cpu_seconds", "wall_seconds", "peak_bytes"].map(|field| (stage, field)))
    {
        positive(&stage[field], field);
    }
    let phases =
        |stage: usize| stages[stage]["phases"].as_array().unwrap().iter().map(|phase| phase["path"].as_str().unwrap());
    for path in ["prove/execute", "prove/commit", "prove/main sumcheck", "settle/assign", "settle/argument", "check"] {
        assert!(phases(6).any(|found| found == path), "{path}");
    }
    assert!(!phases(4).any(|path| path.starts_with("settle")));
    assert!(model["sizes"].as_object().unwrap().values().all(|bytes| bytes.as_u64().unwrap() > 0));
    let gas = &model["gas"];
    assert!((400_000..600_000).contains(&gas["transaction"].as_u64().unwrap()), "{gas}");
    positive(&gas["calldata_bytes"], "calldata");
    positive(&model["contract_seconds"], "contract");
    assert!(model["accuracy"]["argmax_agreement"].as_f64().unwrap() > 0.9);
    assert_eq!(model["widths"]["activation_bits"], 8);
    let [batch] = report["batches"].as_array().unwrap().as_slice() else { panic!("one batch") };
    assert_eq!((&batch["model"], &batch["size"]), (&json!("digits_mlp"), &json!(64)));
    let gas = |side: &str| batch[side]["gas"]["transaction"].as_u64().unwrap();
    assert!(gas("batch") / 64 < gas("single") / 20, "{batch}");
    for side in ["single", "batch"] {
        positive(&batch[side]["prove"]["wall_seconds"], side);
    }
    assert!(report["peers"]["absent"].as_str().unwrap().contains("--ezkl"));
}

#[test]
fn the_page_is_whole_and_needs_nothing_else() {
    let html = fs::read_to_string(measured().0.path("quick/report.html")).unwrap();
    for reference in ["http:", "https:", "//", "src=", "href=", "url(", "@import", "<script", "NaN", "inf\""] {
        assert!(!html.contains(reference), "{reference}");
    }
    assert_eq!(html.matches("<figure>").count(), 4);
    assert_eq!(html.matches("<svg").count(), 4);
    // What takes how long is said in words, and bars have their names beside them: only stacked ones have a legend.
    assert!(html.contains("A settlement proof of digits_mlp takes") && html.contains("In a batch of 64, an answer"));
    assert_eq!(html.matches("<ul>").count(), 2);
    well_formed(&html);
}

/// Every element ends, in the order of XML.
fn well_formed(html: &str) {
    let mut open = Vec::new();
    for part in html.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap_or_else(|| panic!("a tag without an end: {part}"));
        assert!(!text.contains('>'), "{text}");
        let name = tag.split_whitespace().next().unwrap();
        match name.strip_prefix('/') {
            _ if tag.starts_with('!') || tag.ends_with('/') => {}
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None => open.push(name),
        }
    }
    assert_eq!(open, Vec::<&str>::new());
}

#[test]
fn two_reports_are_compared() {
    let world = changed(|_| {});
    let same = world.say("bench --compare a.json b.json --fail-above 1.1");
    assert_eq!((same.code, &same.json["worse"], same.stderr.as_str()), (0, &json!([]), ""));

    let world = changed(|report| {
        let stage = &mut report["models"][0]["stages"][6];
        assert_eq!(stage["name"], "prove");
        stage["wall_seconds"] = json!(10.0 * stage["wall_seconds"].as_f64().unwrap());
    });
    let slower = world.say("bench --compare a.json b.json --fail-above 1.1");
    let worse = slower.json["worse"].as_array().unwrap();
    assert_eq!((slower.code, worse.len()), (1, 1));
    assert_eq!((&worse[0]["model"], &worse[0]["figure"]), (&json!("digits_mlp"), &json!("prove, wall")));
    assert!((worse[0]["ratio"].as_f64().unwrap() - 10.0).abs() < 1e-6);
    // The other way it is an improvement; and without a limit there is nothing to exceed.
    assert_eq!(world.say("bench --compare b.json a.json --fail-above 1.1").code, 0);
    assert_eq!(world.say("bench --compare a.json b.json").code, 0);
}

#[test]
fn machines_are_compared_by_their_unit() {
    let world = changed(|report| {
        report["machine"]["cpu"] = json!("another processor");
        report["unit_seconds"] = json!(2.0 * report["unit_seconds"].as_f64().unwrap());
        let contract = &mut report["models"][0]["contract_seconds"];
        *contract = json!(2.0 * contract.as_f64().unwrap());
        report["models"][0]["onnx_digest"] = json!("0x00");
        report["program"]["version"] = json!("9.9.9");
        report["threads"] = json!(3);
    });
    let said = world.say("bench --compare a.json b.json");
    assert_eq!((said.code, &said.json["in_units"]), (0, &json!(true)));
    for warning in ["the processor differs", "another processor", "threads", "version", "the ONNX file of digits_mlp"] {
        assert!(said.stderr.contains(warning), "{warning}: {}", said.stderr);
    }
    let contract =
        said.json["changes"].as_array().unwrap().iter().find(|change| change["figure"] == "contract in the EVM");
    assert!((contract.unwrap()["ratio"].as_f64().unwrap() - 1.0).abs() < 1e-6);
}

#[test]
fn hostile_reports_are_refused_with_a_reason() {
    let refused = |change: fn(&mut Value), reason: &str| {
        changed(change).fails("bench --compare a.json b.json", 3, reason);
    };
    refused(|report| *report = json!({}), "missing field");
    refused(|report| report["format"] = json!("hallmark bench 999"), "one version of the program");
    refused(|report| report["models"] = json!("many"), "invalid type");
    refused(|report| report["unit_seconds"] = json!(-1.0), "a cost can't be negative");
    refused(|report| report["models"][0]["stages"][0]["wall_seconds"] = json!(-0.5), "compile, wall is -0.5");
    refused(|report| report["machine"]["load"] = json!(-1.0), "no load");
    refused(|report| report["batches"][0]["model"] = json!("a\u{1b}[2J"), "control characters");
    refused(|report| report["models"][0]["name"] = json!("a\u{1b}[2J"), "control characters");
    let world = changed(|_| {});
    for (hostile, reason) in
        [("", "EOF"), ("[", "EOF"), (r#"{"format": 1e999}"#, "number out of range"), ("null", "invalid type")]
    {
        fs::write(world.path("b.json"), hostile).unwrap();
        world.fails("bench --compare a.json b.json", 3, reason);
    }
    fs::write(world.path("b.json"), "[".repeat(100_000)).unwrap();
    world.fails("bench --compare a.json b.json", 3, "is not a report of `hallmark bench`");
    world.fails("bench --compare a.json missing.json", 3, "missing.json");
}

#[test]
fn wrong_usage_is_told() {
    let world = World::shared();
    world.fails("bench --models nothing", 2, "digits_mlp");
    world.fails("bench --fail-above 1.1", 2, "--compare");
    world.fails("bench --runs 0", 2, "--runs");
    world.fails("bench --compare a b --fail-above nan", 2, "above 0");
}
