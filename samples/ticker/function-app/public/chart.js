// The price over time, as an SVG that is drawn anew with every price.

const byId = (id) => document.getElementById(id);

/** Room for the labels above and below the line, and for the dot on the right. */
const MARGIN = { top: 26, right: 10, bottom: 24, left: 0 };

/** Draws `quotes`, ordered by time, so that the last one is at the right edge and `span` seconds fit in. */
export function drawChart(quotes, span) {
  const chart = byId("chart");
  const { width, height } = chart.getBoundingClientRect();
  chart.dataset.count = quotes.length;
  if (quotes.length === 0 || width === 0) return;

  const prices = quotes.map(({ cents }) => cents);
  const [low, high] = [Math.min(...prices), Math.max(...prices)];
  const last = quotes.at(-1);
  const x = (at) => MARGIN.left + (width - MARGIN.left - MARGIN.right) * (1 - (last.at - at) / (span - 1));
  // A price that did not move is a line in the middle.
  const share = (cents) => (high === low ? 0.5 : (cents - low) / (high - low));
  const y = (cents) => height - MARGIN.bottom - (height - MARGIN.top - MARGIN.bottom) * share(cents);

  const points = quotes.map(({ at, cents }) => `${x(at).toFixed(1)} ${y(cents).toFixed(1)}`);
  byId("line").setAttribute("d", `M${points.join("L")}`);
  byId("area").setAttribute("d", `M${x(quotes[0].at)} ${height}L${points.join("L")}L${x(last.at)} ${height}Z`);
  for (const id of ["dot", "halo"]) set(byId(id), { cx: x(last.at), cy: y(last.cents) });
  label("high", high, -8);
  label("low", low, 17);

  function label(id, cents, beside) {
    set(byId(`rule-${id}`), { x1: 0, x2: width, y1: y(cents), y2: y(cents) });
    set(byId(id), { x: 0, y: y(cents) + beside });
    byId(id).textContent = money(cents);
  }
}

export const money = (cents) => (cents / 100).toFixed(2);

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}
