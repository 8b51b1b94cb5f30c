//! Charts of costs over sizes, both by their logarithms, as SVG.

use std::{io, ops::Range};

use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use crate::labels::spread;

use super::palette::{COLOURS, FONT, WIDTH, ink};

const HEIGHT: u32 = 320;
/// The space for the names of curves, which stand at their ends, and the height of one.
const NAMES: u32 = 150;
const LINE: u32 = 13;

/// Curves, each a name and a list of sizes and costs, in the order of their colours.
pub(super) struct Curves<'c> {
    pub(super) size: &'c str,
    pub(super) cost: &'c str,
    pub(super) curves: Vec<(String, Vec<(f64, f64)>)>,
}

impl Curves<'_> {
    /// None where drawing fails, which it does not into a string.
    pub(super) fn draw(&self) -> Option<String> {
        let mut svg = String::new();
        self.plot(&SVGBackend::with_string(&mut svg, (WIDTH, HEIGHT)).into_drawing_area()).ok()?;
        Some(svg)
    }

    fn plot(&self, area: &DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), DrawingAreaErrorKind<io::Error>> {
        let points =
            || self.curves.iter().flat_map(|(_, curve)| curve).filter(|(size, cost)| *size > 0.0 && *cost > 0.0);
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .margin_right(NAMES)
            .x_label_area_size(44)
            .y_label_area_size(64)
            .build_cartesian_2d(
                span(points().map(|point| point.0)).log_scale(),
                span(points().map(|point| point.1)).log_scale(),
            )?;
        let label = |value: &f64| if *value < 1.0 { format!("{value:.1}") } else { format!("{value:.0}") };
        chart
            .configure_mesh()
            .x_desc(self.size)
            .y_desc(self.cost)
            .x_labels(6)
            .y_labels(6)
            .x_label_formatter(&label)
            .y_label_formatter(&label)
            .label_style((FONT, 13).into_font().color(&ink()))
            .axis_style(ink())
            .bold_line_style(ink().mix(0.2))
            .max_light_lines(0)
            .draw()?;
        let mut ends = Vec::new();
        for ((name, curve), colour) in self.curves.iter().zip(COLOURS.iter().cycle()) {
            chart.draw_series(LineSeries::new(curve.iter().copied(), colour.stroke_width(2)))?;
            chart.draw_series(curve.iter().map(|point| Circle::new(*point, 3, colour.filled())))?;
            ends.extend(curve.last().map(|end| (name, chart.backend_coord(end), colour)));
        }
        let heights: Vec<i32> = ends.iter().map(|(_, end, _)| end.1).collect();
        let heights = spread(&heights, LINE as i32 + 1, HEIGHT as i32 - 56);
        for ((name, end, colour), height) in ends.into_iter().zip(heights) {
            let style = (FONT, LINE).into_font().color(colour).pos(Pos::new(HPos::Left, VPos::Center));
            area.draw(&Text::new(name.clone(), (end.0 + 8, height), style))?;
        }
        area.present()
    }
}

/// From a bit less than the least to a bit more than the largest.
fn span(values: impl Iterator<Item = f64>) -> Range<f64> {
    let (low, high) = values.fold((f64::INFINITY, 0.0), |(low, high), value| (value.min(low), value.max(high)));
    if low <= high { 0.8 * low..1.25 * high } else { 1.0..10.0 }
}

#[cfg(test)]
mod tests {
    use super::Curves;

    #[test]
    fn whatever_was_measured_is_drawn() {
        for curves in [
            vec![],
            vec![vec![]],
            vec![vec![(8.0, 1.0)]],
            vec![vec![(1.0, 1.0), (64.0, 0.5)], vec![(1.0, 0.0), (64.0, 1e9)]],
        ] {
            let named = |(index, curve): (usize, &Vec<_>)| (format!("<curve {index}>"), curve.clone());
            let named: Vec<_> = curves.iter().enumerate().map(named).collect();
            let svg = Curves { size: "weights", cost: "times", curves: named }.draw().unwrap();
            let drawn = curves.iter().filter(|curve| !curve.is_empty()).count();
            assert_eq!(svg.matches("&lt;curve ").count(), drawn, "{svg}");
            assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{curves:?}: {svg}");
        }
    }
}
