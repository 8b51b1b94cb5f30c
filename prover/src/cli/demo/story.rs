//! The demo as text.

use std::fmt::Write;

use super::{Honest, Lie, Sample, Seconds};

/// From white to black.
const SHADES: &[u8] = b" .:-=+*#%@";
const WIDTH: usize = 8;
/// The value of a black pixel.
const BLACK: f32 = 16.0;

pub(super) fn tell(
    model: &str,
    digest: &str,
    proof_bytes: usize,
    sample: &Sample,
    honest: &Honest,
    seconds: &Seconds,
    lies: &[Lie],
) -> String {
    let mut text = String::new();
    let mut line = |line: String| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{line}");
    };
    line(format!("1. Compiled the {model} to integers in {}.", time(seconds.compile)));
    line(format!("2. Committed to its weights in {}. The operator registers the digest", time(seconds.commit)));
    line(format!("   {digest}"));
    line(format!("3. A customer asks about test image {}, a handwritten {}:\n", sample.number, sample.label));
    draw(&sample.pixels).into_iter().for_each(&mut line);
    line(format!("\n   The model answers {}, with a proof made in {}.", honest.answer.argmax(), time(seconds.prove)));
    line(format!(
        "4. The customer checks its {proof_bytes} bytes in {}, without the weights: ACCEPTED.",
        time(seconds.verify)
    ));
    line("5. The operator lies:".into());
    for lie in lies {
        line(format!("\n   {}\n   REFUSED: {}", lie.what, lie.reason));
        if let Some(reason) = &lie.relabelled {
            line(format!("   and with the registered digest written over its own\n   REFUSED: {reason}"));
        }
    }
    text
}

/// The image in characters, two to a pixel so that it is about as wide as it is high.
fn draw(pixels: &[f32]) -> Vec<String> {
    let shade = |pixel: &f32| {
        let level = (pixel / BLACK * (SHADES.len() - 1) as f32).round();
        // A cast from a float saturates.
        char::from(SHADES[(level as usize).min(SHADES.len() - 1)])
    };
    let row = |row: &[f32]| format!("      {}", row.iter().flat_map(|pixel| [shade(pixel); 2]).collect::<String>());
    pixels.chunks(WIDTH).map(row).collect()
}

fn time(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.0} ms", 1e3 * seconds) } else { format!("{seconds:.1} s") }
}
