import { describe, it } from 'vitest';
import { ModelData, ModelStore } from '../support/model-store.js';
import { CONFORMANCE } from './every-conformance.js';

describe('the model that other stores are compared with is a store', () => {
  it.each(CONFORMANCE)('$name', async ({ run }) => {
    const data = new ModelData();
    await run(new ModelStore(data), () => Promise.resolve(new ModelStore(data)));
  });
});
