//! Bytes in the place of files are read by the same rules, and errors call them by their name.

use hallmark_local::{Evaluation, Given, Kind, LocalError, Overwrite, Questions, Run};

use crate::{Desk, bytes};

fn run(desk: &Desk, source: Given, is_many: bool) -> Result<Vec<f32>, LocalError> {
    let questions = Questions { source, is_many, allow_clamping: false };
    let run = Run { model: desk.path("m.hallmark"), questions, save_output: None, overwrite: Overwrite::default() };
    let arrays = run.run()?.answers.unwrap().arrays()?;
    Ok(arrays.into_iter().flat_map(|(_, array)| array.into_iter().collect::<Vec<_>>()).collect())
}

#[test]
fn bytes_are_read_as_files_are() {
    let desk = Desk::new();
    desk.compilation().run().unwrap();
    let samples = bytes("samples", &desk.wine.calibration());
    let Given::Bytes { bytes: contents, .. } = &samples else { panic!("these are bytes") };
    let file = desk.path("samples.npy");
    std::fs::write(&file, contents).unwrap();
    let answers = run(&desk, file.as_path().into(), true).unwrap();
    assert_eq!(run(&desk, samples, true).unwrap(), answers);
    assert_eq!(run(&desk, desk.question().source, false).unwrap(), answers[..3]);
}

#[test]
fn errors_call_bytes_by_their_name() {
    let desk = Desk::new();
    let mut compilation = desk.compilation();
    compilation.calibration = Given::Bytes { name: "samples".into(), bytes: b"no array".to_vec() };
    let error = compilation.run().unwrap_err();
    assert!(error.kind() == Kind::Damaged && error.to_string().starts_with("samples: "), "{error}");
    let missing = run(&desk, bytes("input", &desk.wine.calibration()), true).unwrap_err();
    assert_eq!(missing.kind(), Kind::Missing, "{missing}");
}

/// The command's grammar asks for one of them. Other callers have none.
#[test]
fn an_evaluation_needs_something_to_compare_with() {
    let desk = Desk::new();
    desk.compilation().run().unwrap();
    let evaluation = Evaluation {
        model: desk.path("m.hallmark"),
        inputs: bytes("inputs", &desk.wine.calibration()),
        expected: None,
        labels: None,
        task: None,
        allow_clamping: false,
    };
    assert_eq!(evaluation.run().unwrap_err().kind(), Kind::Usage);
}
