// Elements are made of text and attributes, never of markup, so that no figure can become any.

const SVG = new Set(["svg", "path", "title"]);

/** Make an element; attributes that are null or false are left out. */
export function element(tag, attributes, ...children) {
  const made = SVG.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export const byId = (id) => document.getElementById(id);

/** Let the parts that a selector finds answer to an event, also those that come later. */
export function on(kind, selector, answer) {
  document.addEventListener(kind, (happened) => {
    const part = happened.target.closest(selector);
    if (part) answer(part, happened);
  });
}

/**
 * Give a part of the page new children. What stays alike stays the same node, so that a selection, the focus and a
 * screen reader's place survive. A child with `data-key` is known by it among its siblings, the others by their place.
 */
export function draw(id, ...children) {
  patchChildren(byId(id), children.flat());
}

const keyOf = (node) => node.dataset?.key;

function patchChildren(parent, wanted) {
  const keys = new Set(wanted.map(keyOf));
  const known = new Map();
  for (const node of [...parent.children]) {
    const key = keyOf(node);
    if (key === undefined) continue;
    if (keys.has(key)) known.set(key, node);
    else node.remove();
  }
  let place = parent.firstChild;
  for (const child of wanted) {
    const node = typeof child === "string" ? document.createTextNode(child) : child;
    const key = keyOf(node);
    const old = key === undefined ? unkeyed(place) : known.get(key);
    known.delete(key);
    if (old) place = patch(brought(old, place), node).nextSibling;
    else parent.insertBefore(node, place);
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

const unkeyed = (node) => node && keyOf(node) === undefined ? node : null;

/** Bring a node up to a place before it. One that holds the focus would lose it by moving, so what lies between moves. */
function brought(node, place) {
  if (node === place) return node;
  if (!node.contains(document.activeElement)) {
    place.before(node);
    return node;
  }
  const end = place.previousSibling;
  while (node.previousSibling !== end) node.parentNode.append(node.previousSibling);
  return node;
}

/** Make a node what is wanted, and return the one that stands there then. */
function patch(old, wanted) {
  if (old.nodeType !== wanted.nodeType || old.nodeName !== wanted.nodeName) {
    old.replaceWith(wanted);
    return wanted;
  }
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== wanted.data) old.data = wanted.data;
  } else {
    patchAttributes(old, wanted);
    patchChildren(old, [...wanted.childNodes]);
  }
  return old;
}

function patchAttributes(old, wanted) {
  for (const { name } of [...old.attributes]) {
    // Whether a part is folded open is the reader's choice.
    if (!wanted.hasAttribute(name) && name !== "open" && name !== "style") old.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    // A style is set by its property below, as the policy of the page forbids the attribute.
    if (name !== "style" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (old.dataset.width !== undefined) old.style.width = old.dataset.width;
  if (old.dataset.left !== undefined) old.style.left = old.dataset.left;
}

/** Make a bar that fills a part of its track, from 0 to 1; `left` moves its beginning. */
export function filled(part, kind, left) {
  const made = element("i", { class: kind || null });
  made.dataset.width = made.style.width = `${(Math.max(0, Math.min(1, part)) * 100).toFixed(2)}%`;
  if (left !== undefined) made.dataset.left = made.style.left = `${(left * 100).toFixed(2)}%`;
  return made;
}

/**
 * Make a table that becomes a list on a phone.
 * `heads` are [text, class, whether a phone shows the text]; the first cell of a row names it.
 */
export function table(caption, heads, rows, nothing) {
  if (!rows.length) return element("p", { class: "soft" }, nothing);
  const head = element("tr", null, ...heads.map(([text, kind]) => element("th", { scope: "col", class: kind }, text)));
  return element("table", { class: "stack" }, element("caption", { class: "hidden" }, caption), element("thead", null, head),
    element("tbody", null, ...rows.map((cells) => element("tr", null, ...cells.map((cell, place) => place === 0
      ? element("th", { scope: "row" }, cell)
      : element("td", { class: [heads[place][1], cell === "–" && "nothing"].filter(Boolean).join(" ") || null,
        "data-label": heads[place][2] ? heads[place][0] : null }, cell))))));
}

export const mark = (kind, text) => element("span", { class: `mark ${kind}` }, text);
