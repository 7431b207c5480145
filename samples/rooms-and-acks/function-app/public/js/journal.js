// What travels: each event with its acknowledgement, in words that the code uses.
import { byId, make } from "./dom.js";
const MOST_LINES = 60;
/** Writes down an event that came from the app. */
export function heard(event, ...args) {
    write("in", "←", `${event}${list(args)}`);
}
/** Writes down an event that is emitted without a callback. */
export function told(event, ...args) {
    write("out", "→", `${event}${list(args)}`);
}
/** Writes down anything else that happens to the connection. */
export function noted(text) {
    write("note", "·", text);
}
/** Writes down an event with a callback, and its acknowledgement when it comes. */
export const called = (event, args) => {
    const line = write("out", "→", `${event}${list(args)}`);
    const began = performance.now();
    return (answer) => {
        const failed = answer instanceof Error;
        const refused = !failed && answer.length === 1;
        line.dataset.answer = failed ? "none" : refused ? "refused" : "done";
        const text = failed ? `no ack: ${answer.message}` : `ack${list(answer)}`;
        line.append(make("span", { className: "answer", textContent: text }));
        line.append(make("span", { className: "took", textContent: `${Math.round(performance.now() - began)} ms` }));
        toEnd();
    };
};
function write(way, sign, text) {
    const lines = byId("journal");
    const line = make("li", { dataset: { way } });
    line.append(make("span", { className: "sign", textContent: sign }), make("span", { className: "said", textContent: text }));
    lines.append(line);
    while (lines.childElementCount > MOST_LINES)
        lines.firstElementChild?.remove();
    toEnd();
    return line;
}
function toEnd() {
    const lines = byId("journal");
    lines.scrollTop = lines.scrollHeight;
}
const list = (values) => `(${values.map(value).join(", ")})`;
function value(of) {
    if (of instanceof ArrayBuffer || ArrayBuffer.isView(of))
        return `‹${(of.byteLength / 1000).toFixed(1)} kB›`;
    if (Array.isArray(of))
        return `[${of.map(value).join(", ")}]`;
    if (of !== null && typeof of === "object") {
        const members = Object.entries(of).map(([name, member]) => `${name}: ${value(member)}`);
        return `{ ${members.join(", ")} }`;
    }
    return JSON.stringify(of);
}
