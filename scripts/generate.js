// Writes the message types of proto/nexum.proto into the folder given.
import { execFileSync } from 'node:child_process';

const generator = 'node_modules/@grpc/proto-loader/build/bin/proto-loader-gen-types.js';
const options = ['--longs=Number', '--enums=String', '--defaults', '--oneofs', '--grpcLib=@grpc/grpc-js'];
const extensions = ['--targetFileExtension=.ts', '--importFileExtension=.js'];

export function generate(folder) {
  execFileSync(process.execPath, [generator, ...options, ...extensions, `--outDir=${folder}`, 'proto/nexum.proto']);
}

if (process.argv[2] !== undefined) generate(process.argv[2]);
