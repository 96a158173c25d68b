// What the apps of all frameworks have in common. Each has these routes:
//
//   GET  /users/:id    answers
//   GET  /fails/:id    throws
//   GET  /hangs/:id    never answers
//   GET  /streams/:id  sends three parts, 20 ms apart
//   POST /orders/:id   refuses a body without a numeric quantity with the validation of the framework
import { setTimeout as wait } from 'node:timers/promises';

/** Prints where the server listens, and accepts upgrades on it. */
export function announce(server) {
  server.on('upgrade', (_request, socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
  });
  console.log(`listening ${server.address().port}`);
}

/** Never answers. Prints that the handler runs. */
export function never() {
  console.log('hanging');
  return new Promise(() => {});
}

export async function* parts() {
  for (const part of ['one', 'two', 'three']) {
    yield Buffer.from(part);
    await wait(20);
  }
}

/** Sends the parts as the response of a server without a framework. */
export async function sendParts(response) {
  for await (const part of parts()) response.write(part);
  response.end();
}
