// Storage that outlives a provider: rotating keys and restarting make a new provider, the tokens stay.

// createStorage returns the adapter factory that oidc-provider asks for, all models in one Map.
// Nothing expires here: expiry is the provider's decision, and tests need expired tokens to be found.
export function createStorage() {
  const records = new Map();
  return (model) => new Adapter(model, records);
}

class Adapter {
  #model;

  #records;

  constructor(model, records) {
    this.#model = model;
    this.#records = records;
  }

  #key(id) {
    return `${this.#model}:${id}`;
  }

  async upsert(id, payload) {
    this.#records.set(this.#key(id), payload);
  }

  async find(id) {
    return this.#records.get(this.#key(id));
  }

  async findByUid(uid) {
    return this.#search((payload) => payload.uid === uid);
  }

  async findByUserCode(userCode) {
    return this.#search((payload) => payload.userCode === userCode);
  }

  async consume(id) {
    const payload = await this.find(id);
    payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    this.#records.delete(this.#key(id));
  }

  // The provider calls this on one model, and means the tokens of every model.
  async revokeByGrantId(grantId) {
    for (const [key, payload] of this.#records) {
      if (payload.grantId === grantId) this.#records.delete(key);
    }
  }

  #search(wanted) {
    for (const [key, payload] of this.#records) {
      if (key.startsWith(`${this.#model}:`) && wanted(payload)) return payload;
    }
    return undefined;
  }
}
