import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net';

const readBytes = 65_536;

/**
 * A socket that still hands over what it has received when a write fails. A server that refuses a
 * body resets the connection soon after its answer; Node would take the failing write for the end
 * of reading too, and drop the answer that waits in the kernel.
 */
export class PatientSocket extends Socket {
  constructor(onBytes: (bytes: Buffer) => void) {
    const buffer = Buffer.allocUnsafeSlow(readBytes);
    const options: SocketConstructorOpts & ConnectOpts = {
      allowHalfOpen: true,
      // Streams give out nothing after an error; this way goes past them.
      onread: {
        buffer,
        callback: (length) => {
          onBytes(Buffer.from(buffer.subarray(0, length)));
          return true;
        },
      },
    };
    super(options);
    this.setNoDelay(true);
  }

  override destroy(error?: NodeJS.ErrnoException): this {
    if (error?.syscall !== 'write') return super.destroy(error);
    // The answer came before the reset that made the write fail, so one turn of the event loop
    // reads it; the second immediate is the first that surely runs after a whole turn.
    setImmediate(() => setImmediate(() => super.destroy(error)));
    return this;
  }
}
