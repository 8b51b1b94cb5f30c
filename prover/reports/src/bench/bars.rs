//! Charts of bars that lie one below the other, as SVG.

use std::io;

use plotters::{
    coord::{Shift, types::RangedCoordf64},
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::palette::{COLOURS, FONT, WIDTH, ink};

/// The space for the names of rows.
const NAMES: u32 = 150;
/// The space for the names of parts, and the height of one.
const PARTS: u32 = 130;
const LINE: u32 = 11;
/// The height of a row, and of what is around all of them.
const ROW: u32 = 30;
const AROUND: u32 = 56;
/// The share of a row's height that its bars take.
const FILLED: f64 = 0.76;

/// Rows of parts.
pub(super) struct Bars {
    /// The unit of the axis.
    pub(super) unit: &'static str,
    /// Each row's name, and its parts in the order of their colours.
    pub(super) rows: Vec<(String, Vec<f64>)>,
    /// What the parts are called, where each has a line of its own: the name stands at its end. Stacked parts have a legend.
    pub(super) names: Vec<String>,
    pub(super) shape: Shape,
}

/// How the parts of a row lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One after the other, as they add up.
    Stacked,
    /// One below the other.
    Grouped,
    /// One below the other, from 1 to the right or to the left by their logarithm.
    Ratios,
}

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Drawn = Result<(), DrawingAreaErrorKind<io::Error>>;

impl Bars {
    /// None where drawing fails, which it does not into a string.
    pub(super) fn draw(&self) -> Option<String> {
        let parts = self.rows.iter().map(|(_, parts)| parts.len()).max().unwrap_or(1) as u32;
        let lines = if self.shape == Shape::Stacked { 1 } else { parts.div_ceil(2).max(1) };
        let height = AROUND + ROW * lines * self.rows.len() as u32;
        let mut svg = String::new();
        self.plot(&SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area()).ok()?;
        Some(svg)
    }

    fn plot(&self, area: &DrawingArea<SVGBackend<'_>, Shift>) -> Drawn {
        let (low, high) = self.span();
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .margin_right(if self.names.is_empty() { 24 } else { PARTS })
            .x_label_area_size(40)
            .y_label_area_size(NAMES)
            .build_cartesian_2d(low..high, self.rows.len() as f64..0.0)?;
        let ratios = self.shape == Shape::Ratios;
        let label = |value: &f64| if ratios { format!("{:.3}", 10f64.powf(*value)) } else { short(*value) };
        let style = (FONT, 13).into_font().color(&ink());
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .y_labels(0)
            .x_labels(5)
            .x_label_formatter(&label)
            .x_desc(self.unit)
            .label_style(style)
            .axis_style(ink())
            .bold_line_style(ink().mix(0.2))
            .max_light_lines(0)
            .draw()?;
        for (index, row) in self.rows.iter().enumerate() {
            self.draw_row(area, &mut chart, index, row)?;
        }
        area.present()
    }

    fn draw_row(
        &self,
        area: &DrawingArea<SVGBackend<'_>, Shift>,
        chart: &mut Chart<'_, '_>,
        index: usize,
        (name, parts): &(String, Vec<f64>),
    ) -> Drawn {
        let (top, step) = (index as f64 + (1.0 - FILLED) / 2.0, FILLED / parts.len().max(1) as f64);
        let mut sum = 0.0;
        for (part, (&value, colour)) in parts.iter().zip(COLOURS.iter().cycle()).enumerate() {
            let above = top + step * part as f64;
            let bar = match self.shape {
                Shape::Stacked => [(sum, top), (sum + value, top + FILLED)],
                Shape::Grouped => [(0.0, above), (value, above + step)],
                Shape::Ratios => [(0.0, above), (value.log10(), above + step)],
            };
            sum += value;
            chart.draw_series([Rectangle::new(bar, colour.filled())])?;
            if let Some(name) = self.names.get(part) {
                let (x, y) = chart.backend_coord(&(bar[0].0.max(bar[1].0), above + step / 2.0));
                let style = (FONT, LINE).into_font().color(colour).pos(Pos::new(HPos::Left, VPos::Center));
                area.draw(&Text::new(name.clone(), (x + 4, y), style))?;
            }
        }
        let (x, y) = chart.backend_coord(&(self.span().0, index as f64 + 0.5));
        let style = (FONT, 14).into_font().color(&ink()).pos(Pos::new(HPos::Right, VPos::Center));
        area.draw(&Text::new(name.clone(), (x - 8, y), style))
    }

    /// The ends of the axis.
    fn span(&self) -> (f64, f64) {
        let values = || self.rows.iter().flat_map(|(_, parts)| parts.iter().copied());
        let largest =
            |values: &mut dyn Iterator<Item = f64>| values.filter(|value| value.is_finite()).fold(0.0, f64::max);
        let high = match self.shape {
            Shape::Stacked => largest(&mut self.rows.iter().map(|(_, parts)| parts.iter().sum())),
            Shape::Grouped => largest(&mut values()),
            Shape::Ratios => largest(&mut values().map(f64::log10)),
        };
        let low = if self.shape == Shape::Ratios { -largest(&mut values().map(|value| -value.log10())) } else { 0.0 };
        if high > low { (1.05 * low, 1.05 * high) } else { (low, low + 1.0) }
    }
}

/// A number of an axis, without zeros behind the point.
fn short(value: f64) -> String {
    match value {
        value if value >= 1e4 => format!("{:.0}k", value / 1e3),
        value if value >= 10.0 || value == 0.0 => format!("{value:.0}"),
        value => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Bars, Shape};

    #[test]
    fn whatever_was_measured_is_drawn() {
        for shape in [Shape::Stacked, Shape::Grouped, Shape::Ratios] {
            for parts in [vec![], vec![0.0, 0.0], vec![1.0, 2.0, 4.0], vec![1e-9, 1e15], vec![0.5, f64::INFINITY]] {
                let rows = vec![("<model>".to_owned(), parts.clone()), ("other".to_owned(), vec![1.0])];
                let svg = Bars { unit: "seconds", rows, names: vec!["<first>".into()], shape }.draw().unwrap();
                assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");
                assert!(svg.contains("&lt;model&gt;") && !svg.contains("NaN"), "{shape:?} {parts:?}: {svg}");
                // Each row that has a first part tells its name.
                assert_eq!(svg.matches("&lt;first&gt;").count(), 1 + usize::from(!parts.is_empty()), "{svg}");
            }
        }
    }
}
