/** The room's questions over the REST contract: read with their tag, written with If-Match. */

export class Conflicted extends Error {}

export class Refusal extends Error {
  /** @param {any} error */
  constructor(error) {
    super(error?.message ?? "The server did not answer.");
    this.code = error?.code ?? "";
    this.details = error?.details ?? {};
  }
}

export class Room {
  /** @type {any} */ settings = {};
  #tag = "";

  /** @param {string} id @param {string} token against forged requests */
  constructor(id, token) {
    this.path = `/api/v1/rooms/${id}`;
    this.token = token;
  }

  /** Reads the settings as they are now. */
  async load() {
    const answer = await this.#call(this.path);
    this.#took(answer);
  }

  /**
   * Writes the questions over the state that was read last.
   * Raises `Conflicted` when somebody changed them since, `Refusal` with words otherwise.
   * @param {any[]} questions
   */
  async save(questions) {
    const appSettings = { ...this.settings, questions };
    const known = JSON.stringify(this.settings.questions);
    try {
      this.#took(await this.#patch(appSettings));
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "VERSION_CONFLICT") throw error;
      await this.load();
      // Something else of the room changed, its name perhaps: that is nobody's conflict.
      if (JSON.stringify(this.settings.questions) !== known) throw new Conflicted();
      this.#took(await this.#patch({ ...this.settings, questions }));
    }
  }

  /** @param {any} appSettings */
  #patch(appSettings) {
    return this.#call(this.path, {
      method: "PATCH",
      headers: { "Content-Type": "application/json", "If-Match": this.#tag },
      body: JSON.stringify({ appSettings }),
    });
  }

  /**
   * Sends a file as it is.
   * @param {string} url
   * @param {File} file
   */
  async upload(url, file) {
    const headers = { "Content-Type": file.type || "application/octet-stream" };
    const { data } = await this.#call(url, { method: "POST", headers, body: file });
    return data;
  }

  /** @param {{data: any, tag: string}} answer */
  #took({ data, tag }) {
    this.settings = data.appSettings;
    this.#tag = tag;
  }

  /**
   * @param {string} url
   * @param {RequestInit & {headers?: Record<string, string>}} [init]
   */
  async #call(url, init = {}) {
    const headers = { ...init.headers, "X-CSRF-Token": this.token };
    const answer = await fetch(url, { ...init, headers }).catch(() => {
      throw new Refusal({ message: "No connection. It is tried again as soon as there is one." });
    });
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refusal(body.error);
    return { data: body.data, tag: answer.headers.get("ETag") ?? "" };
  }
}
