/** An element of a document that was read strictly. */
export interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  /** Its own text, entities resolved. */
  text: string;
}

const token =
  /<\?xml [^?]*\?>|<(?<close>\/)?(?<name>[A-Za-z][A-Za-z\d-]*)(?<attributes>(?: [a-zA-Z][\w-]*="[^"<]*")*)(?<empty>\/)?>|(?<text>[^<]+)/gy;

/** Reads a document of XML 1.0 strictly; throws at whatever is not well-formed. */
export function readXml(xml: string): Element {
  const top: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [top];
  let end = 0;
  for (const { 0: whole, index, groups = {} } of xml.matchAll(token)) {
    end = index + whole.length;
    const parent = open.at(-1) as Element;
    checkText(groups['text'] ?? groups['attributes'] ?? '');
    parent.text += resolved(groups['text'] ?? '');
    const { name } = groups;
    if (!name) continue;
    if (!groups['close']) {
      const element = { name, attributes: attributesOf(name, groups), children: [], text: '' };
      parent.children.push(element);
      open.push(element);
    }
    if (groups['close'] || groups['empty']) {
      const last = open.pop();
      if (last?.name !== name) throw new Error(`</${name}> closes <${last?.name}>`);
    }
  }
  if (end !== xml.length || open.length !== 1) {
    throw new Error(`no XML at ${xml.slice(end, end + 80)}`);
  }
  const [root] = top.children;
  if (!root || top.children.length !== 1 || top.text.trim() !== '') throw new Error('no one root');
  return root;
}

/** The element and all that is in it, in the order of the document. */
export function everyElement(element: Element): Element[] {
  return [element, ...element.children.flatMap(everyElement)];
}

function attributesOf(name: string, groups: Record<string, string>): Record<string, string> {
  const pairs = [...(groups['attributes'] ?? '').matchAll(/ ([\w-]+)="([^"]*)"/g)].map(
    (match) => [match[1] as string, resolved(match[2] as string)] as const,
  );
  const attributes = Object.fromEntries(pairs);
  if (Object.keys(attributes).length !== pairs.length) {
    throw new Error(`<${name}> repeats an attribute`);
  }
  return attributes;
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function resolved(text: string): string {
  return text.replace(/&(\w+);/g, (whole, name: string) => entities[name] ?? whole);
}

function checkText(text: string): void {
  if (/&(?!amp;|lt;|gt;|quot;|apos;|#\d+;)/.test(text)) throw new Error(`a bare & in ${text}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no way to write them
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u.test(text)) {
    throw new Error('a character that XML does not know');
  }
}
