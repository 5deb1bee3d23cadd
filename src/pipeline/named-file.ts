/** Files that a pipeline file names: `include`, and `file` of child pipelines. */
import { dirname, isAbsolute, join } from 'node:path';

/** Returns the text of a file, or undefined when it cannot be read: the compiler itself touches no disk. */
export type ReadFile = (path: string) => string | undefined;

/** The path of a file that another file names: relative to the folder of that file. */
export function fileBeside(file: string, written: string): string {
  return isAbsolute(written) ? written : join(dirname(file), written);
}
