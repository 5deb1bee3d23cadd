/** The handler `file.write`. */
import type { Handler } from '../../worker/handler.js';
import { HandlerInput } from '../handler-input.js';
import { allowedFolder, type Permissions } from '../permissions.js';

/**
 * `file.write`: with `path` (relative to the folder of --allow-files), `content` (a text; anything else is written as
 * JSON). Output: `{ path, bytes, sha256 }`. A later attempt writes the same bytes to the same path.
 */
export function fileWrite(permissions: Permissions): Handler {
  return (raw, context) => {
    const input = new HandlerInput(raw, context, ['path', 'content']);
    const folder = allowedFolder(permissions, 'file.write');
    const content = input.get('content', 'a text or a value');
    const text = typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`;
    context.signal.throwIfAborted();
    return folder.write(input.string('path'), text);
  };
}
