// Finding and making elements.
export function byId(id) {
    const element = document.getElementById(id);
    if (!element)
        throw new Error(`the page has no #${id}`);
    return element;
}
/** An element with properties, attributes of data and children; text is always text, never HTML. */
export function make(tag, properties = {}, ...children) {
    const element = document.createElement(tag);
    const { dataset, ...others } = properties;
    Object.assign(element, others);
    Object.assign(element.dataset, dataset);
    element.append(...children);
    return element;
}
export function button(text, test, onclick) {
    return make("button", { type: "button", textContent: text, onclick, dataset: { testid: test } });
}
