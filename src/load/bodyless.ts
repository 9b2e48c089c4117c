import type { Socket } from 'node:net';

/**
 * Answers of these statuses have no body, whatever their headers say: a 304 may have the
 * Content-Length that a 200 would have (RFC 9110, 8.6 and 15.4.5), and some servers give a 204 one.
 */
export function isBodyless(status: number): boolean {
  return status === 204 || status === 304;
}

/** What undici has noted of the answer that it reads. */
interface AnswerParser {
  contentLength: string;
}

/**
 * Has undici forget the length of a body that does not come: it would call the answer broken, and close
 * the connection. The parser hangs on the socket under a symbol of undici's own, which is one reason to
 * pin its version; where there is none, the answer is told from a broken one by its status.
 */
export function forgetLength(socket: Socket | null): void {
  if (socket === null) return;
  const key = Object.getOwnPropertySymbols(socket).find(
    ({ description }) => description === 'parser',
  );
  if (key === undefined) return;
  const parser = (socket as unknown as Record<symbol, AnswerParser | null>)[key];
  if (parser && typeof parser.contentLength === 'string') parser.contentLength = '';
}

/** undici's error for a body that is not as long as was said. */
export const lengthMismatch = 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH';
