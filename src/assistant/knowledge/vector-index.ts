export type VectorIndex = {
  add(id: string, vector: Float32Array): void;
  remove(id: string): void;
  /** Best first, by the cosine of the angle; vectors of another length than the query's are passed over. */
  search(query: Float32Array, limit: number): { id: string; score: number }[];
  readonly size: number;
};

/** Every vector is compared with the query: exact, and quick enough for tens of thousands. Vectors have length 1. */
export function createVectorIndex(): VectorIndex {
  const vectors = new Map<string, Float32Array>();
  return {
    add: (id, vector) => void vectors.set(id, vector),
    remove: (id) => void vectors.delete(id),
    search(query, limit) {
      const best: { id: string; score: number }[] = [];
      for (const [id, vector] of vectors) {
        if (vector.length !== query.length) continue;
        const score = dot(vector, query);
        if (best.length === limit && score <= (best.at(-1)?.score ?? 0)) continue;
        const at = best.findIndex((each) => each.score < score);
        best.splice(at === -1 ? best.length : at, 0, { id, score });
        if (best.length > limit) best.pop();
      }
      return best;
    },
    get size() {
      return vectors.size;
    },
  };
}

/** Scaled to length 1, so that a product of two is the cosine of their angle. */
export function normalised(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector));
  return length === 0 ? vector : vector.map((value) => value / length);
}

function dot(left: Float32Array, right: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < left.length; index += 1) sum += (left[index] ?? 0) * (right[index] ?? 0);
  return sum;
}
