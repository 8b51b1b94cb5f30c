//! What all charts look like.

use plotters::style::{BLACK, Color, RGBAColor, RGBColor};

/// The width of a chart: no more than what is legible when a phone shows it.
pub(super) const WIDTH: u32 = 560;
pub(super) const FONT: &str = "sans-serif";
/// Colours that are told apart on white and on black, also by most who see fewer colours.
pub(super) const COLOURS: [RGBColor; 10] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 148, 108),
    RGBColor(190, 105, 155),
    RGBColor(178, 132, 0),
    RGBColor(122, 92, 194),
    RGBColor(70, 150, 200),
    RGBColor(128, 128, 128),
    RGBColor(140, 150, 40),
    RGBColor(170, 70, 70),
];

/// The colour of text and axes, which the page replaces by its own.
pub(super) fn ink() -> RGBAColor {
    BLACK.to_rgba()
}
