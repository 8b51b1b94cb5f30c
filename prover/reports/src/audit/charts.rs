//! Charts of settlements, gas and revenue, as SVG.

use std::{io, ops::Range};

use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::Record;
use crate::labels::spread;
use hallmark_chain::node::utc;

const SIZE: (u32, u32) = (720, 260);
/// The units of time, with their seconds. A chart has the longest of which it shows two.
const UNITS: [(&str, f64); 4] = [("days", 86_400.0), ("hours", 3_600.0), ("minutes", 60.0), ("seconds", 1.0)];
const ETHER: f64 = 1e18;
/// The height of letters, which get smaller with the page.
const TEXT: u32 = 14;
/// The space for the names of curves, which stand at their ends.
const NAMES: u32 = 96;
/// Blue and orange, which nobody confuses.
const COLOURS: [RGBColor; 2] = [RGBColor(0, 90, 181), RGBColor(220, 110, 0)];

/// A line or a cloud of points, with its name.
struct Series {
    name: &'static str,
    points: Vec<(f64, f64)>,
}

/// A chart as an element of a page. The text in it is none of the chain's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chart {
    pub(super) title: &'static str,
    pub(super) svg: String,
}

/// The charts of some settlements in the order of the chain; none where fewer than two have a time: a point says nothing.
pub(super) fn charts(settlements: &[Record]) -> Vec<Chart> {
    let mut times = settlements.iter().filter_map(|settlement| settlement.time);
    let (Some(start), Some(second)) = (times.next(), times.next()) else { return Vec::new() };
    let range = times.fold(second, u64::max).saturating_sub(start) as f64;
    let (unit, seconds) = UNITS.into_iter().find(|unit| range >= 2.0 * unit.1).unwrap_or(UNITS[3]);
    let axis = Axis { start, unit, seconds };
    let time = |settlement: &Record| Some(settlement.time?.saturating_sub(start) as f64 / seconds);
    let all = [
        ("Settlements, in sum", "settlements", vec![sum("settlements", settlements, time, |_| 1.0)], true),
        ("Gas of each settlement", "gas", vec![gas(settlements, time)], false),
        (
            "Revenue, in sum",
            "ether",
            vec![
                sum("operators", settlements, time, |record| record.settlement.paid as f64 / ETHER),
                sum("holders", settlements, time, |record| record.settlement.to_holders as f64 / ETHER),
            ],
            true,
        ),
    ];
    let chart = |(title, what, series, joined): (&'static str, _, Vec<Series>, _)| {
        Some(Chart { title, svg: draw(&axis, what, &series, joined)? })
    };
    all.into_iter().filter_map(chart).collect()
}

/// The axis of time: units since the start, told as dates.
struct Axis {
    /// In seconds since 1970.
    start: u64,
    unit: &'static str,
    /// The unit's.
    seconds: f64,
}

impl Axis {
    /// A place on the axis, with as much of its time as places differ in.
    fn label(&self, place: f64) -> String {
        let time = utc(self.start.saturating_add((place * self.seconds) as u64));
        let part = match self.unit {
            "days" => time.get(..10),
            "seconds" => time.get(11..19),
            _ => time.get(5..16),
        };
        part.unwrap_or(&time).to_owned()
    }
}

/// A curve of running sums.
fn sum(
    name: &'static str,
    settlements: &[Record],
    day: impl Fn(&Record) -> Option<f64>,
    value: impl Fn(&Record) -> f64,
) -> Series {
    let mut total = 0.0;
    let mut point = |settlement: &Record| {
        total += value(settlement);
        Some((day(settlement)?, total))
    };
    Series { name, points: settlements.iter().filter_map(&mut point).collect() }
}

fn gas(settlements: &[Record], day: impl Fn(&Record) -> Option<f64>) -> Series {
    let point = |settlement: &Record| Some((day(settlement)?, settlement.gas? as f64));
    Series { name: "gas", points: settlements.iter().filter_map(point).collect() }
}

/// The corners of a curve that jumps at each point: a sum stays as it is from one settlement to the next.
fn steps(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let corners = points.windows(2).flat_map(|pair| [(pair[1].0, pair[0].1), pair[1]]);
    points.first().copied().into_iter().chain(corners).collect()
}

/// None where drawing fails, which it does not into a string. `what` names the axis of values.
fn draw(axis: &Axis, what: &str, series: &[Series], joined: bool) -> Option<String> {
    let mut svg = String::new();
    plot(&SVGBackend::with_string(&mut svg, SIZE).into_drawing_area(), axis, what, series, joined).ok()?;
    Some(svg)
}

fn plot(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    axis: &Axis,
    what: &str,
    series: &[Series],
    joined: bool,
) -> Result<(), DrawingAreaErrorKind<io::Error>> {
    area.fill(&WHITE)?;
    let points = || series.iter().flat_map(|series| &series.points);
    let is_named = series.len() > 1;
    let mut chart = ChartBuilder::on(area)
        .margin(10)
        .margin_right(if is_named { NAMES } else { 40 })
        .x_label_area_size(36)
        .y_label_area_size(84)
        .build_cartesian_2d(span(points().map(|point| point.0)), span(points().map(|point| point.1)))?;
    chart
        .configure_mesh()
        .max_light_lines(1)
        .x_labels(5)
        .y_labels(6)
        .x_desc("time (UTC)")
        .y_desc(what)
        .label_style(("sans-serif", TEXT))
        .x_label_formatter(&|place| axis.label(*place))
        .y_label_formatter(&label)
        .draw()?;
    for (series, colour) in series.iter().zip(COLOURS) {
        if joined {
            chart.draw_series(LineSeries::new(steps(&series.points), colour.stroke_width(2)))?;
        }
        chart.draw_series(series.points.iter().map(|point| Circle::new(*point, 3, colour.filled())))?;
    }
    if is_named {
        let ends: Vec<(i32, i32)> =
            series.iter().filter_map(|series| Some(chart.backend_coord(series.points.last()?))).collect();
        name_ends(area, series, &ends)?;
    }
    area.present()
}

/// Writes the name of each curve at its end.
fn name_ends(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    series: &[Series],
    ends: &[(i32, i32)],
) -> Result<(), DrawingAreaErrorKind<io::Error>> {
    let heights: Vec<i32> = ends.iter().map(|end| end.1).collect();
    let heights = spread(&heights, TEXT as i32 + 2, SIZE.1 as i32 - 46);
    let named = series.iter().filter(|series| !series.points.is_empty());
    for (((series, end), height), colour) in named.zip(ends).zip(heights).zip(COLOURS) {
        let style = ("sans-serif", TEXT).into_font().color(&colour).pos(Pos::new(HPos::Left, VPos::Center));
        area.draw(&Text::new(series.name, (end.0 + 8, height), style))?;
    }
    Ok(())
}

/// A number at an axis, with no more digits than it needs.
fn label(value: &f64) -> String {
    let text = format!("{value:.6}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    match short {
        "0" | "-0" if *value != 0.0 => format!("{value:.1e}"),
        _ => short.to_owned(),
    }
}

/// From zero to a bit more than the largest, also where that is zero.
fn span(values: impl Iterator<Item = f64>) -> Range<f64> {
    let largest = values.fold(0.0, f64::max);
    0.0..if largest > 0.0 { 1.05 * largest } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, B256};

    use super::*;
    use hallmark_chain::settled::Settlement;

    fn settlement(time: Option<u64>, gas: Option<u64>, paid: u128) -> Record {
        let settlement = Settlement {
            request: B256::ZERO,
            model: B256::ZERO,
            payee: Address::ZERO,
            paid,
            to_holders: paid / 3,
            input_hash: B256::ZERO,
            output_hash: B256::ZERO,
            transaction: B256::ZERO,
            block: 1,
            block_hash: B256::ZERO,
        };
        Record { settlement, time, gas, customer: None, insider: None, batch: None }
    }

    #[test]
    fn charts_show_what_is_known() {
        let settlements = [
            settlement(Some(100), Some(1_000_000), 5),
            settlement(None, Some(7), u128::MAX),
            settlement(Some(86_500), None, 0),
        ];
        let day = |settlement: &Record| settlement.time.map(|time| time as f64);
        // What has no time still counts.
        assert_eq!(sum("", &settlements, day, |_| 1.0).points, [(100.0, 1.0), (86_500.0, 3.0)]);
        assert_eq!(gas(&settlements, day).points, [(100.0, 1e6)]);
        let found = charts(&settlements);
        assert_eq!(found.len(), 3);
        for chart in found {
            assert!(chart.svg.starts_with("<svg") && chart.svg.trim_end().ends_with("</svg>"), "{}", chart.svg);
            assert!(chart.svg.contains("<circle") && !chart.svg.contains("NaN"), "{}", chart.svg);
        }
    }

    #[test]
    fn the_axis_has_dates_as_exact_as_the_range_needs() {
        // 2026-12-07 19:32:07 UTC.
        let start = 1_796_671_927;
        for (end, labels) in [
            (0, ["19:32:07", "19:32:08"]),
            (119, ["19:32:07", "19:33:47"]),
            (600, ["12-07 19:32", "12-07 19:42"]),
            (36_000, ["12-07 19:32", "12-08 05:32"]),
            (864_000, ["2026-12-07", "2026-12-17"]),
        ] {
            let found = charts(&[Some(start), None, Some(start + end)].map(|time| settlement(time, Some(1), 1)));
            for chart in found {
                let written: Vec<&str> = chart.svg.lines().map(str::trim).collect();
                assert!(labels.iter().all(|label| written.contains(label)), "{end}: {}", chart.svg);
            }
        }
    }

    /// The name of a curve is at its end, and in its colour: nobody has to look it up.
    #[test]
    fn curves_are_named_where_they_end() {
        let found = charts(&[1, 9].map(|time| settlement(Some(time), Some(1), 30)));
        let revenue = found.last().unwrap();
        for name in ["operators", "holders"] {
            let (before, _) = revenue.svg.split_once(&format!("\n{name}\n")).unwrap();
            let element = &before[before.rfind("<text").unwrap()..];
            let x: i32 = element.split_once("x=\"").unwrap().1.split('"').next().unwrap().parse().unwrap();
            assert!(x > (SIZE.0 - NAMES - 40) as i32 && element.contains("fill=\"#") && !element.contains("#000000"));
        }
    }

    #[test]
    fn a_sum_jumps_at_each_settlement() {
        assert_eq!(steps(&[(0.0, 1.0), (2.0, 3.0)]), [(0.0, 1.0), (2.0, 1.0), (2.0, 3.0)]);
        assert_eq!((steps(&[(1.0, 1.0)]), steps(&[])), (vec![(1.0, 1.0)], vec![]));
    }

    #[test]
    fn labels_are_short() {
        for (value, text) in [(0.0, "0"), (600_000.0, "600000"), (0.1 + 0.2, "0.3"), (1.5, "1.5"), (3e-12, "3.0e-12")] {
            assert_eq!(label(&value), text);
        }
    }

    #[test]
    fn hostile_numbers_are_drawn_or_left_out() {
        assert_eq!(charts(&[]), []);
        assert_eq!(charts(&[settlement(None, Some(1), 1)]), []);
        assert_eq!(charts(&[settlement(Some(1), Some(1), 1), settlement(None, Some(1), 1)]), []);
        for times in [[0, u64::MAX], [u64::MAX, 0], [5, 5]] {
            let settlements = times.map(|time| settlement(Some(time), Some(u64::MAX), u128::MAX));
            assert_eq!(charts(&settlements).len(), 3);
        }
        assert_eq!(charts(&[1, 2].map(|time| settlement(Some(time), None, 0))).len(), 3);
    }
}
