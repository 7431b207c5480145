// The few ways in which this page builds elements. Text always becomes a text node, never markup.

export const byId = (id) => document.getElementById(id);

/** An element with properties (`class`, `data-…` and `aria-…` as attributes) and children; empty children are left out. */
export function element(tag, properties = {}, ...children) {
  const created = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    if (name === "class" || name.includes("-")) created.setAttribute(name, value);
    else created[name] = value;
  }
  created.append(...children.filter((child) => child !== undefined && child !== ""));
  return created;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

/** A disc with somebody's initials; the name decides the colour, so that it is the same on every page. */
export function avatar(name, target = element("span", { class: "avatar", "aria-hidden": "true" })) {
  target.textContent = initials(name);
  target.style.setProperty("--hue", hue(name));
  return target;
}

function initials(name) {
  const words = name.trim().split(/[\s._-]+/).filter(Boolean);
  const chosen = words.length > 1 ? [words[0], words.at(-1)] : words;
  return chosen.map((word) => [...word][0].toUpperCase()).join("") || "?";
}

/** FNV-1a: even names that differ in one letter get colours far apart. */
function hue(name) {
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ character.codePointAt(0), 0x01000193);
  return (hash >>> 0) % 360;
}

export function clock(at) {
  const date = new Date(at);
  return element(
    "time",
    { dateTime: date.toISOString(), title: date.toLocaleString() },
    date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false }),
  );
}
