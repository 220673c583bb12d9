// Bytes, in whichever way they come.

/** Bytes: at once, or piece by piece. A Node stream is an `AsyncIterable`. */
export type Data = Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** Bytes that are taken at once: small enough to answer events in between, large enough to be few. */
const PIECE = 4 * 1024 * 1024;

/** How many bytes there are, where that is known before they are read. */
export function size(data: Data): number | undefined {
  if (data instanceof Blob) return data.size;
  return data instanceof ArrayBuffer || ArrayBuffer.isView(data) ? data.byteLength : undefined;
}

/**
 * Hands all bytes over in pieces.
 *
 * @throws The signal's reason as soon as it is aborted, also while no bytes come.
 */
export async function read(data: Data, take: (piece: Uint8Array) => void, signal?: AbortSignal): Promise<void> {
  const pieces = iterator(data);
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal?.reason);
    signal?.addEventListener("abort", stop, { once: true });
  });
  aborted.catch(() => {});
  try {
    for (;;) {
      signal?.throwIfAborted();
      const piece = await Promise.race([pieces.next(), aborted]);
      if (piece.done) return;
      take(bytes(piece.value));
    }
  } catch (error) {
    // Whoever waits for the error does not wait for the source to close.
    Promise.resolve(pieces.return?.(error)).catch(() => {});
    throw error;
  } finally {
    if (stop) signal?.removeEventListener("abort", stop);
  }
}

function bytes(piece: unknown): Uint8Array {
  if (piece instanceof Uint8Array) return piece;
  if (piece instanceof ArrayBuffer) return new Uint8Array(piece);
  if (ArrayBuffer.isView(piece)) return new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
  throw new TypeError("the data is neither bytes nor a stream of bytes");
}

function iterator(data: Data): AsyncIterator<unknown> {
  if (data instanceof Blob) return stream(data.stream());
  if (data instanceof ReadableStream) return stream(data);
  if (typeof data === "object" && data !== null && Symbol.asyncIterator in data) return data[Symbol.asyncIterator]();
  return slices(bytes(data));
}

/** Not every browser can iterate over a stream. */
function stream(data: ReadableStream<Uint8Array>): AsyncIterator<Uint8Array> {
  const reader = data.getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<Uint8Array>>,
    return: async (reason: unknown) => {
      await reader.cancel(reason);
      return { done: true, value: undefined };
    },
  };
}

async function* slices(data: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < data.length; start += PIECE) {
    if (start > 0) await new Promise((resolve) => setTimeout(resolve));
    yield data.subarray(start, start + PIECE);
  }
}
