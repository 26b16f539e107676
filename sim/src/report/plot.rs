//! Curves, as SVG.

use core::ops::Range;

use plotters::coord::Shift;
use plotters::coord::ranged1d::{AsRangedCoord, Ranged, ValueFormatter};
use plotters::prelude::*;

/// How an axis is divided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps are equally long.
    #[default]
    Linear,
    /// Equal factors are equally long; what is not above zero is left out.
    Log,
}

/// Curves over one axis.
#[derive(Clone, Debug, Default)]
pub struct Plot {
    /// What it shows: one line.
    pub title: String,
    /// What goes to the right, with its unit.
    pub x: String,
    /// What goes up, with its unit.
    pub y: String,
    /// How the horizontal axis is divided.
    pub x_scale: Scale,
    /// How the vertical axis is divided.
    pub y_scale: Scale,
    /// Names and points of the curves.
    pub curves: Vec<(String, Vec<(f64, f64)>)>,
}

/// Pixels.
const SIZE: (u32, u32) = (860, 440);
/// Pixels of the names of the curves, to the right of them.
const NAMES: u32 = 170;
/// Curves of more points are drawn without dots.
const DOTTED_MAX: usize = 40;

/// Colours that can be told apart, also by those who see fewer (Okabe and Ito 2008).
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
    RGBColor(140, 140, 140),
];

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Failure<'a> = DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>;

impl Plot {
    /// The picture. Empty if no curve has a point.
    pub fn svg(&self) -> String {
        let mut svg = String::new();
        let drawn = match self.ranges() {
            Some((x, y)) => self.draw(&mut svg, x, y).is_ok(),
            None => false,
        };
        if drawn { svg } else { String::new() }
    }

    fn draw<'a>(
        &self,
        svg: &'a mut String,
        x: Range<f64>,
        y: Range<f64>,
    ) -> Result<(), Failure<'a>> {
        let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let (left, right) = area.split_horizontally(SIZE.0 - NAMES);
        match (self.x_scale, self.y_scale) {
            (Scale::Linear, Scale::Linear) => self.draw_on(&left, x, y)?,
            (Scale::Log, Scale::Linear) => self.draw_on(&left, x.log_scale(), y)?,
            (Scale::Linear, Scale::Log) => self.draw_on(&left, x, y.log_scale())?,
            (Scale::Log, Scale::Log) => self.draw_on(&left, x.log_scale(), y.log_scale())?,
        }
        self.draw_names(&right)?;
        area.present()
    }

    fn draw_on<'a, X, Y>(
        &self,
        area: &Area<'a>,
        x: impl AsRangedCoord<CoordDescType = X, Value = f64>,
        y: impl AsRangedCoord<CoordDescType = Y, Value = f64>,
    ) -> Result<(), Failure<'a>>
    where
        X: Ranged<ValueType = f64> + ValueFormatter<f64>,
        Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        let mut chart = ChartBuilder::on(area)
            .caption(&self.title, ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(42)
            .y_label_area_size(66)
            .build_cartesian_2d(x, y)?;
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .x_desc(&self.x)
            .y_desc(&self.y)
            .x_label_formatter(&short)
            .y_label_formatter(&short)
            .draw()?;
        for (at, (_, points)) in self.curves.iter().enumerate() {
            let colour = colour(at);
            let points: Vec<_> = points.iter().copied().filter(|p| self.shows(*p)).collect();
            if points.len() <= DOTTED_MAX {
                let dots = points.iter().map(|&point| Circle::new(point, 3, colour.filled()));
                chart.draw_series(dots)?;
            }
            chart.draw_series(LineSeries::new(points, colour.stroke_width(2)))?;
        }
        Ok(())
    }

    fn draw_names<'a>(&self, area: &Area<'a>) -> Result<(), Failure<'a>> {
        for (at, (name, _)) in self.curves.iter().enumerate() {
            let y = 50 + 20 * at as i32;
            let mark = PathElement::new([(4, y), (22, y)], colour(at).stroke_width(2));
            area.draw(&mark)?;
            area.draw(&Text::new(name.as_str(), (28, y - 6), ("sans-serif", 13)))?;
        }
        Ok(())
    }

    /// Whether a point has a place.
    fn shows(&self, (x, y): (f64, f64)) -> bool {
        let fits = |value: f64, scale| value.is_finite() && (scale == Scale::Linear || value > 0.0);
        fits(x, self.x_scale) && fits(y, self.y_scale)
    }

    fn ranges(&self) -> Option<(Range<f64>, Range<f64>)> {
        let points = self.curves.iter().flat_map(|(_, points)| points);
        let points: Vec<_> = points.copied().filter(|point| self.shows(*point)).collect();
        let x = span(points.iter().map(|point| point.0), self.x_scale, false)?;
        let y = span(points.iter().map(|point| point.1), self.y_scale, true)?;
        Some((x, y))
    }
}

fn colour(curve: usize) -> RGBColor {
    COLOURS[curve % COLOURS.len()]
}

/// What an axis must show. Amounts begin at nought.
fn span(values: impl Iterator<Item = f64>, scale: Scale, amount: bool) -> Option<Range<f64>> {
    let bounds = |so_far: Option<(f64, f64)>, value: f64| {
        let (low, high) = so_far.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    };
    let (low, high) = values.fold(None, bounds)?;
    Some(match scale {
        Scale::Log if amount => low * 0.8..high * 1.5,
        Scale::Log => low * 0.9..high * 1.1,
        Scale::Linear => {
            let low = if amount { low.min(0.0) } else { low };
            let room = if high > low { (high - low) * 0.05 } else { 1.0 };
            low..high + room
        }
    })
}

/// A figure at an axis.
fn short(value: &f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        ..1e-3 => format!("{value:.0e}"),
        1e6.. => format!("{}M", trim(value / 1e6)),
        1e3.. => format!("{}k", trim(value / 1e3)),
        _ => trim(*value),
    }
}

fn trim(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(x_scale: Scale, y_scale: Scale) -> Plot {
        let points = vec![(0.0, 0.0), (1.0, 2_000.0), (10.0, 3.5), (100.0, f64::NAN)];
        let curves = vec![("one & only".to_owned(), points), ("none".to_owned(), Vec::new())];
        let text = |text: &str| text.to_owned();
        Plot { title: text("T"), x: text("n"), y: text("B/s"), x_scale, y_scale, curves }
    }

    #[test]
    fn every_scale_shows_the_points_that_have_a_place() {
        for (x, y, dots) in [
            (Scale::Linear, Scale::Linear, 3),
            (Scale::Log, Scale::Linear, 2),
            (Scale::Linear, Scale::Log, 2),
            (Scale::Log, Scale::Log, 2),
        ] {
            let svg = plot(x, y).svg();
            assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");
            assert_eq!(svg.matches("<circle").count(), dots);
            assert!(svg.contains("one &amp; only"));
        }
    }

    #[test]
    fn without_points_there_is_no_picture() {
        assert_eq!(Plot::default().svg(), "");
    }

    #[test]
    fn figures_at_an_axis_are_short() {
        let found = [0.0, 1e-5, 0.25, 20.0, 1_500.0, -2_000_000.0].map(|value| short(&value));
        assert_eq!(found, ["0", "1e-5", "0.25", "20", "1.5k", "-2M"]);
    }
}
