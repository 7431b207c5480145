//! What happens on the board.

use socketio_functions::prelude::*;

/// The board's size, in units of its own: each page scales them to its screen.
const SIZE: (u16, u16) = (1600, 1200);

/// The most lines in one event, and the most points of a line. Pages that draw faster send the rest in the next one.
const MOST_LINES: usize = 20;
const MOST_POINTS: usize = 100;

/// Points of the board, joined in this order. A single one is a dot.
type Line = Vec<(u16, u16)>;

/// socket.emit("draw", lines, (ok) => …)
///
/// The acknowledgement is what paces the page: it sends the next lines when these have been passed on. It has a value
/// because Microsoft's extension sends none without. A line stands for itself, since it begins where the one before it
/// ended; so an event that is lost leaves a gap and no more.
pub(crate) async fn draw(
    socket: Socket,
    user: UserId,
    Data(lines): Data<Vec<Line>>,
) -> Result<Ack<bool>, Refusal> {
    if !fits(&lines) {
        return Err(Refusal::new("these lines do not fit on the board"));
    }
    socket.broadcast().emit("drawn", (user, lines));
    Ok(Ack(true))
}

/// socket.emit("clear", (ok) => …)
///
/// Everybody hears of it, the sender too: one way to an empty board for all pages.
pub(crate) async fn clear(user: UserId, io: Io) -> Ack<bool> {
    io.emit("cleared", user);
    Ack(true)
}

fn fits(lines: &[Line]) -> bool {
    let on_board = |(x, y): &(u16, u16)| *x <= SIZE.0 && *y <= SIZE.1;
    let fits = |line: &Line| (1..=MOST_POINTS).contains(&line.len()) && line.iter().all(on_board);
    lines.len() <= MOST_LINES && lines.iter().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_points_and_stay_on_the_board() {
        assert!(fits(&[vec![(0, 0), (1600, 1200)], vec![(5, 5)]]));
        assert!(fits(&vec![vec![(1, 1); MOST_POINTS]; MOST_LINES]));
        for wrong in [
            vec![vec![]],
            vec![vec![(1601, 0)]],
            vec![vec![(0, 1201)]],
            vec![vec![(1, 1); MOST_POINTS + 1]],
            vec![vec![(1, 1)]; MOST_LINES + 1],
        ] {
            assert!(!fits(&wrong), "{wrong:?}");
        }
    }
}
