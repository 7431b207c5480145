// The canvas. It is the only memory there is: lines are drawn once and not remembered.

/** The board's size in units of its own; the app refuses anything beyond. */
export const WIDTH = 1600;
export const HEIGHT = 1200;

const THICKNESS = 7;

export function board(canvas) {
  // As many pixels as units, on every screen: the page scales them, and nothing is drawn anew when it changes its size.
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const context = canvas.getContext("2d");
  context.lineCap = context.lineJoin = "round";
  context.lineWidth = THICKNESS;

  return {
    /** Draws lines, each a list of points `[x, y]`. */
    draw(lines, colour) {
      context.strokeStyle = colour;
      context.beginPath();
      for (const [[x, y], ...others] of lines) {
        context.moveTo(x, y);
        // A line without a length would not be drawn; so short a one is a dot.
        if (others.length === 0) context.lineTo(x + 0.01, y);
        for (const point of others) context.lineTo(...point);
      }
      context.stroke();
    },

    clear() {
      context.clearRect(0, 0, WIDTH, HEIGHT);
    },

    /** Where on the board a pointer is; beyond an edge, the point of the edge. */
    point({ clientX, clientY }) {
      const { left, top, width, height } = canvas.getBoundingClientRect();
      const within = (share, size) => Math.round(Math.min(Math.max(share, 0), 1) * size);
      return [within((clientX - left) / width, WIDTH), within((clientY - top) / height, HEIGHT)];
    },
  };
}
