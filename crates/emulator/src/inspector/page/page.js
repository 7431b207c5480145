// What both parts of the page are made with. Everything that comes from outside is set as text, never as markup.

export const byId = (id) => document.getElementById(id);

/** An element with properties and children; strings become text. */
export function el(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  const { dataset = {}, style = {}, ...rest } = props;
  Object.assign(element, rest);
  Object.assign(element.dataset, dataset);
  Object.assign(element.style, style);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const badge = (text, kind = "") => el("span", { className: `badge ${kind}`, title: text }, text);

/** A call of the control API. */
export async function call(method, name, body) {
  const response = await fetch(`/_emulator/${name}`, {
    method,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const json = response.headers.get("content-type")?.startsWith("application/json");
  const value = json ? await response.json() : {};
  if (!response.ok) throw new Error(value.error ?? `the emulator answered ${response.status}`);
  return value;
}
