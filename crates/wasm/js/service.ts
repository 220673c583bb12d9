// The lifecycle API, for the AWS SDK for JavaScript.

import type { Service } from "./glue/afterimage.js";
import { type Data, read } from "./data.js";
import { Inventory, raw } from "./inventory.js";
import { AfterimageError, ask } from "./module.js";
import type { ServiceOptions, Step } from "./types.js";

/** What a client of the AWS SDK for JavaScript hands to its request handler, as far as it is looked at. */
export interface HandlerRequest {
  method: string;
  path: string;
  query?: Record<string, string | string[] | null> | undefined;
  body?: unknown;
}

/** What such a client reads. */
export interface HandlerResponse {
  statusCode: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

/** As the SDK hands over the signal of a call. */
export interface HandlerOptions {
  abortSignal?: AbortSignal | { readonly aborted: boolean } | undefined;
}

/** A `requestHandler` for clients of the AWS SDK for JavaScript, version 3. No request leaves the program. */
export interface RequestHandler {
  readonly metadata: { handlerProtocol: string };
  handle(request: HandlerRequest, options?: HandlerOptions): Promise<{ response: HandlerResponse }>;
  /** There is no connection that could be configured. */
  updateHttpClientConfig(key: never, value: never): void;
  httpHandlerConfigs(): Record<string, never>;
  /** Does nothing: the service outlives its clients. */
  destroy(): void;
}

/** The EC2 Image Builder lifecycle API of one account and Region, with a clock that is moved by hand. */
export class ImageBuilderService {
  /** For `new ImagebuilderClient({ requestHandler, … })`. */
  readonly requestHandler: RequestHandler;
  #service: Service | undefined;

  /**
   * Starts with the images of an inventory, or with none, and without policies.
   *
   * @throws {AfterimageError} When an option cannot be used.
   */
  constructor(options: ServiceOptions & { inventory?: Inventory });
  /** @internal */
  constructor(options: { restored: Service });
  constructor(options: (ServiceOptions & { inventory?: Inventory }) | { restored: Service }) {
    this.#service = "restored" in options ? options.restored : started(options);
    this.requestHandler = {
      metadata: { handlerProtocol: "http/1.1" },
      handle: async (request, { abortSignal } = {}) => {
        const body = await collected(request.body, abortSignal);
        refuse(abortSignal);
        return { response: this.#answer(request.method, target(request), body) };
      },
      updateHttpClientConfig: () => {},
      httpHandlerConfigs: () => ({}),
      destroy: () => {},
    };
  }

  /**
   * The service that `state` describes.
   *
   * @throws {AfterimageError} When the document is broken or of a newer version.
   */
  static restore(state: string): ImageBuilderService {
    return new ImageBuilderService({ restored: ask((module) => module.Service.restore(state)) });
  }

  /** Everything that the service knows, as one document. */
  state(): string {
    return ask(() => this.#running.state());
  }

  /** Where the clock stands, such as `2026-11-23T12:00:00Z`. */
  get now(): string {
    return ask(() => this.#running.now());
  }

  /** Grows with every change. */
  get revision(): number {
    return ask(() => this.#running.revision());
  }

  /**
   * Moves the clock forward, with all daily runs on the way.
   *
   * @throws {AfterimageError} When the step is longer than one may be.
   */
  advance(step: Step): void {
    ask(() => this.#running.advance(JSON.stringify(step)));
  }

  /**
   * Moves the clock forward to an instant, with all daily runs on the way.
   *
   * @throws {AfterimageError} When the instant is past, or further away than one step may be.
   */
  advanceTo(instant: Date | string): void {
    const text = instant instanceof Date ? instant.toISOString() : instant;
    ask(() => this.#running.advanceTo(text));
  }

  /** Gives its memory back now; it cannot be used any more. */
  free(): void {
    this.#service?.free();
    this.#service = undefined;
  }

  [Symbol.dispose](): void {
    this.free();
  }

  get #running(): Service {
    if (this.#service) return this.#service;
    throw new AfterimageError({ message: "the service was freed" });
  }

  #answer(method: string, target: string, body: Uint8Array): HandlerResponse {
    return ask(() => {
      const response = this.#running.handle(method, target, body);
      const statusCode = response.status();
      const headers: Record<string, string> = {};
      const pairs = response.headers();
      for (let i = 0; i + 1 < pairs.length; i += 2) headers[pairs[i]!] = pairs[i + 1]!;
      return { statusCode, headers, body: response.body() };
    });
  }
}

function started({ inventory, ...options }: ServiceOptions & { inventory?: Inventory }): Service {
  return ask((module) => {
    const text = JSON.stringify(options);
    if (inventory) return new module.Service(raw(inventory), text);
    const none = new module.Loading().finish();
    try {
      return new module.Service(none, text);
    } finally {
      none.free();
    }
  });
}

/** Path and query as an HTTP client would send them. */
function target({ path, query = {} }: HandlerRequest): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    if (value === null) return [encodeURIComponent(name)];
    return [value].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`);
  });
  return pairs.length > 0 ? `${path}?${pairs.join("&")}` : path;
}

async function collected(body: unknown, signal: HandlerOptions["abortSignal"]): Promise<Uint8Array> {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === "string") return new TextEncoder().encode(body);
  const pieces: Uint8Array[] = [];
  const listened = signal instanceof AbortSignal ? signal : undefined;
  await read(body as Data, (piece) => pieces.push(piece), listened).catch((error: unknown) => {
    refuse(signal);
    throw error;
  });
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Throws what the SDK's own handlers throw, which its retries know. */
function refuse(signal: HandlerOptions["abortSignal"]): void {
  if (!signal?.aborted) return;
  const cause = "reason" in signal ? signal.reason : undefined;
  throw Object.assign(new Error("Request aborted", { cause }), { name: "AbortError" });
}
