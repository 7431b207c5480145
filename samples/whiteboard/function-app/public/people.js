// Who draws. A guest is a label without a name, and the label decides the colour, the same on every page.

const MOST_SHOWN = 12;

/** This page's label. It survives a reload, so that its colour does. */
export function ownLabel() {
  const known = sessionStorage.getItem("guest");
  if (known) return known;
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  const label = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  sessionStorage.setItem("guest", label);
  return label;
}

/** FNV-1a, so that labels which differ in one letter get colours far apart; readable on light and dark alike. */
export function colourOf(label) {
  let hash = 0x811c9dc5;
  for (const character of label) hash = Math.imul(hash ^ character.codePointAt(0), 0x01000193);
  return `oklch(0.64 0.17 ${(hash >>> 0) % 360})`;
}

/** The colours of those who have drawn while this page was open, its own first. */
export function peopleList(list, own) {
  const shown = new Set();

  function add(label) {
    if (shown.has(label) || shown.size === MOST_SHOWN) return;
    shown.add(label);
    const entry = document.createElement("li");
    entry.style.setProperty("--colour", colourOf(label));
    if (label === own) entry.textContent = "you";
    else entry.title = entry.ariaLabel = "somebody else";
    list.append(entry);
  }

  add(own);
  return { add };
}
