//! Compiles every model of a folder and prints how well it went: the bundled ones, or those of another folder that
//! `HALLMARK_MODELS` names, with `NAME.VARIANT.onnx` beside `NAME.calibration.npy`.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::path::Path;

use hallmark_circuits::semantics::execute;
use hallmark_compiling::{CompileOptions, Compiled, compile};
use ndarray::ArrayD;

#[test]
fn every_model_of_the_corpus_compiles_or_says_why_not() {
    let bundled = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/models");
    let (folder, is_bundled) = match std::env::var("HALLMARK_MODELS") {
        Ok(folder) => (folder, false),
        Err(_) => (bundled.to_owned(), true),
    };
    let filter = std::env::var("HALLMARK_FILTER").unwrap_or_default();
    let entries = std::fs::read_dir(&folder).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    for name in names.iter().filter(|name| name.ends_with(".onnx") && name.contains(&filter)) {
        let onnx = std::fs::read(Path::new(&folder).join(name)).unwrap();
        let calibration = read_calibration(&folder, name.split('.').next().unwrap());
        let start = std::time::Instant::now();
        match compile(&onnx, &calibration, None, &CompileOptions::default()) {
            Ok(compiled) => {
                print_line(name, &compiled, start.elapsed().as_secs_f64());
                check_extremes(&compiled);
                if filter.len() > 4 {
                    println!("{}", compiled.report);
                }
            }
            Err(error) if is_bundled => panic!("{name}: {error}"),
            Err(error) => println!("{name:44} REFUSED {}", error.to_string().chars().take(150).collect::<String>()),
        }
    }
}

fn read_calibration(folder: &str, stem: &str) -> ArrayD<f32> {
    let name = match stem {
        "digits_mlp" => String::from("../data/digits_calibration.npy"),
        "cnn_264k" | "dense_4m" | "lenet5_max" | "scaled_conv" => format!("{stem}_calibration.npy"),
        "digits_cnn" | "wine_mlp" => format!("../data/{}_calibration.npy", stem.trim_end_matches("_mlp")),
        stem => format!("{stem}.calibration.npy"),
    };
    ndarray_npy::read_npy(Path::new(folder).join(name)).unwrap()
}

fn print_line(name: &str, compiled: &Compiled, seconds: f64) {
    let report = &compiled.report;
    let (accuracy, widths, counts) = (&report.accuracy, &report.widths, &report.counts);
    println!(
        "{name:40} agree {:.3} mean {:.4}% worst {:.3}% | {}x{} s{} w{} b{} | {} steps {} cells {} weights {} entries t{} {seconds:.1}s",
        accuracy.argmax_agreement,
        100.0 * accuracy.mean_error / accuracy.output_range,
        100.0 * accuracy.worst_error / accuracy.output_range,
        widths.input_bits,
        widths.activation_bits,
        widths.shift,
        widths.weight_bits,
        widths.row_bits,
        counts.steps,
        counts.activations,
        counts.weights,
        counts.table_entries,
        compiled.architecture.tables.len(),
    );
}

fn check_extremes(compiled: &Compiled) {
    if compiled.report.counts.multiply_accumulates > 20_000_000 {
        return;
    }
    let model = &compiled.architecture;
    let (least, greatest) = model.input.range();
    let cells: usize = model.input.axes.iter().product();
    for value in [least, greatest, 0] {
        execute(model, &compiled.weights, &vec![value; cells]).unwrap();
    }
    let mixed: Vec<i64> = (0..cells).map(|index| if index * 7919 % 13 < 6 { least } else { greatest }).collect();
    execute(model, &compiled.weights, &mixed).unwrap();
}
