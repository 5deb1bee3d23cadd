/** The other end of the stream echo: answers every message with itself. Prints its address when it listens. */
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceClientConstructor,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ECHO_PROTO, type EchoMessage } from './limits.js';

const definition = loadPackageDefinition(loadSync(ECHO_PROTO, { longs: Number }));
const server = new Server({ 'grpc.enable_channelz': 0 });
server.addService((definition['Echo'] as ServiceClientConstructor).service, {
  Talk: (call: ServerDuplexStream<EchoMessage, EchoMessage>) => {
    call.on('data', (message: EchoMessage) => call.write(message));
    call.on('end', () => call.end());
    call.on('error', () => undefined);
  },
});
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`127.0.0.1:${port}\n`);
});
process.on('SIGTERM', () => process.exit(0));
