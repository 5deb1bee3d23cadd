/** Texts of authors inside a Mermaid diagram. */

/** Longer conditions are cut: a diagram shows that there is one, the file shows which. */
const MAX_CONDITION_LENGTH = 60;

export function cut(text: string): string {
  return text.length > MAX_CONDITION_LENGTH ? `${text.slice(0, MAX_CONDITION_LENGTH - 3)}...` : text;
}

/** Every character that Mermaid, or the HTML and Markdown inside its labels, could read becomes an entity code. */
export function escape(text: string): string {
  return text.replace(/[^\p{L}\p{N} _.,:/=!()-]/gu, (character) => `#${character.codePointAt(0) ?? 0xfffd};`);
}
