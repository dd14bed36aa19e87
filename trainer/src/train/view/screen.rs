//! What a terminal shows of a run.

use std::time::Duration;

use indicatif::HumanDuration;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style};
use ratatui::symbols::Marker;
use ratatui::text::Line;
use ratatui::widgets::{Axis, Block, Chart, Dataset, Gauge, GraphType, Paragraph, Wrap};

use super::{State, learning_name};

/// Draws progress above two curves and the newest captions.
pub(super) fn draw(frame: &mut Frame, state: &State) {
    let [head, body] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(frame.area());
    let [left, middle, right] = Layout::horizontal([
        Constraint::Ratio(1, 3),
        Constraint::Ratio(1, 3),
        Constraint::Ratio(1, 3),
    ])
    .areas(body);
    progress(frame, head, state);
    curve(
        frame,
        left,
        learning_name(state.is_reward),
        &state.learning,
        Color::Cyan,
    );
    curve(
        frame,
        middle,
        "CIDEr-D, validation",
        &state.cider,
        Color::Green,
    );
    let samples = Paragraph::new(state.samples.as_str()).wrap(Wrap { trim: false });
    frame.render_widget(
        samples.block(Block::bordered().title("newest captions")),
        right,
    );
}

fn progress(frame: &mut Frame, area: Rect, state: &State) {
    let share = match state.steps {
        0 => 0.0,
        steps => state.done as f64 / steps as f64,
    };
    let left = match state.left {
        Duration::ZERO => String::new(),
        left => format!(", at most {} left", HumanDuration(left)),
    };
    let label = format!(
        "epoch {} of {}: step {} of {}, {:.1} photos a second{left}",
        state.epoch, state.epochs, state.done, state.steps, state.photos_per_second
    );
    let gauge = Gauge::default().ratio(share.clamp(0.0, 1.0)).label(label);
    frame.render_widget(gauge.gauge_style(Style::new().fg(Color::Blue)), area);
}

/// A curve, and its last value in the title.
fn curve(frame: &mut Frame, area: Rect, name: &str, points: &[(f64, f64)], color: Color) {
    let last = points.last().map(|(_, value)| value);
    let title = last.map_or(name.to_owned(), |value| format!("{name} {value:.3}"));
    let [steps, values] = [0, 1].map(|axis| {
        let value = |point: &(f64, f64)| if axis == 0 { point.0 } else { point.1 };
        let all = points.iter().map(value).filter(|value| value.is_finite());
        let low = all.clone().fold(f64::INFINITY, f64::min);
        let high = all.fold(f64::NEG_INFINITY, f64::max);
        match low <= high {
            // A single value has some room around it.
            true => [
                low - f64::from(low == high) * 0.5,
                high + f64::from(low == high) * 0.5,
            ],
            false => [0.0, 1.0],
        }
    });
    let labels = |bounds: [f64; 2], decimals: usize| {
        bounds.map(|value| Line::from(format!("{value:.decimals$}")))
    };
    let line = Dataset::default()
        .marker(Marker::Braille)
        .graph_type(if points.len() > 1 {
            GraphType::Line
        } else {
            GraphType::Scatter
        })
        .style(Style::new().fg(color))
        .data(points);
    let chart = Chart::new(vec![line])
        .block(Block::bordered().title(title))
        .x_axis(Axis::default().bounds(steps).labels(labels(steps, 0)))
        .y_axis(Axis::default().bounds(values).labels(labels(values, 2)));
    frame.render_widget(chart, area);
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;

    fn drawn(state: &State, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(frame, state)).unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn a_run_is_seen_at_a_glance() {
        let state = State {
            epoch: 2,
            epochs: 10,
            steps: 375,
            done: 40,
            photos_per_second: 61.3,
            left: Duration::from_secs(300),
            learning: vec![(20.0, 5.5), (40.0, 4.25)],
            is_reward: false,
            cider: vec![(375.0, 31.4)],
            samples: "epoch 1, a.jpg\n  0.0: a dog runs\n".to_owned(),
        };
        let seen = drawn(&state, 120, 14);
        for part in [
            "epoch 2 of 10: step 40 of 375, 61.3 photos a second, at most 5 minutes left",
            "loss 4.250",
            "5.50",
            "CIDEr-D, validation 31.400",
            "0.0: a dog runs",
        ] {
            assert!(seen.contains(part), "{part}: {seen}");
        }
        // Braille: a falling line has dots.
        assert!(
            seen.chars()
                .any(|letter| ('\u{2801}'..='\u{28ff}').contains(&letter))
        );
    }

    #[test]
    fn nothing_is_shown_of_nothing_and_a_small_terminal_is_no_fault() {
        for (width, height) in [(120, 14), (10, 3), (1, 1)] {
            drawn(&State::default(), width, height);
        }
        let odd = State {
            learning: vec![(1.0, f64::NAN), (2.0, f64::INFINITY)],
            cider: vec![(5.0, 0.0)],
            is_reward: true,
            ..State::default()
        };
        assert!(drawn(&odd, 120, 14).contains("reward"));
    }
}
