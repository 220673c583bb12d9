import type { Inventory as Loaded } from "./glue/afterimage.js";
import { type Data, read, size } from "./data.js";
import { AfterimageError, ask } from "./module.js";
import type { InventoryFacts, Skipped } from "./types.js";

/** One export. The name is for messages; that of a `File` is its own. */
export type InventorySource = Data | { name: string; data: Data };

export interface LoadOptions {
  /** Called after each piece that was read. */
  onProgress?: (progress: LoadProgress) => void;
  /** Ends the loading. */
  signal?: AbortSignal;
}

export interface LoadProgress {
  /** Name of the export that is being read. */
  source: string;
  /** Bytes of it that were read, packed if they are packed. */
  bytes: number;
  /** Bytes that it has, where that is known. */
  total: number | undefined;
  /** Images and AMIs that were read so far, of all exports. */
  rows: number;
}

/** What {@link Inventory} hands to the functions of this package. */
const loaded = new WeakMap<Inventory, Loaded>();

/** The module's side of an inventory. @internal */
export function raw(inventory: Inventory): Loaded {
  const found = loaded.get(inventory);
  if (found) return found;
  if (inventory instanceof Inventory) throw new AfterimageError({ message: "the inventory was freed" });
  throw new TypeError("the inventory is not one that `Inventory.load` gave");
}

/**
 * Images, AMIs and all that the exports say of them. It lives in the memory of the WebAssembly module, until it is
 * freed or nothing refers to it any more.
 */
export class Inventory implements InventoryFacts {
  readonly images: number;
  /** Distinct AMIs among the images' outputs. */
  readonly amis: number;
  /** Distinct snapshots of those AMIs. */
  readonly snapshots: number;
  /** Container images among the images' outputs. */
  readonly containers: number;
  /** Elements of the exports that could not be used. */
  readonly skipped: Skipped[];

  private constructor(inventory: Loaded, facts: InventoryFacts) {
    this.images = facts.images;
    this.amis = facts.amis;
    this.snapshots = facts.snapshots;
    this.containers = facts.containers;
    this.skipped = facts.skipped;
    loaded.set(this, inventory);
  }

  /**
   * Reads exports of the AWS CLI, plain or gzip, which complete each other.
   *
   * @throws {AfterimageError} When an export cannot be read as a whole; single broken elements are in `skipped`.
   */
  static async load(
    sources: InventorySource | readonly InventorySource[],
    { onProgress, signal }: LoadOptions = {},
  ): Promise<Inventory> {
    const all: readonly InventorySource[] = Array.isArray(sources) ? sources : [sources as InventorySource];
    const loading = ask((module) => new module.Loading());
    let inventory: Loaded;
    try {
      for (const [index, given] of all.entries()) {
        const { name, data } = named(given, all.length > 1 ? `export ${index + 1}` : "export");
        const total = size(data);
        let bytes = 0;
        ask(() => loading.begin(name));
        const take = (piece: Uint8Array) => {
          ask(() => loading.push(piece));
          bytes += piece.length;
          onProgress?.({ source: name, bytes, total, rows: loading.rows() });
        };
        await read(data, take, signal);
        ask(() => loading.end());
      }
      inventory = ask(() => loading.finish());
    } catch (error) {
      try {
        loading.free();
      } catch {
        // A module that has stopped frees nothing any more.
      }
      throw error;
    }
    return new Inventory(inventory, JSON.parse(ask(() => inventory.facts())) as InventoryFacts);
  }

  /** Gives its memory back now; it cannot be used any more. */
  free(): void {
    loaded.get(this)?.free();
    loaded.delete(this);
  }

  [Symbol.dispose](): void {
    this.free();
  }
}

function named(source: InventorySource, name: string): { name: string; data: Data } {
  if (typeof source !== "object" || source === null) {
    throw new TypeError("an export is bytes or a stream of bytes, not text or the name of a file");
  }
  if (typeof File !== "undefined" && source instanceof File) return { name: source.name, data: source };
  if ("data" in source) return source;
  return { name, data: source };
}
