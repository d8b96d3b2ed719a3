// One task with the official Anthropic SDK for TypeScript: task as JSON on stdin, what came of it as JSON on stdout.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.env.SDK_HOME + "/");
const Anthropic = require("@anthropic-ai/sdk").default;
const task = JSON.parse(readFileSync(0, "utf8"));
const client = new Anthropic({ baseURL: task.base_url, apiKey: task.key });

const text = (message) => message.content.filter((b) => b.type === "text").map((b) => b.text).join("");
const ask = (body) => (task.stream ? client.messages.stream(body).finalMessage() : client.messages.create(body));

const tasks = {
  async ask() {
    const message = await ask(task.body);
    return { text: text(message), message };
  },
  async tools() {
    const messages = [...task.body.messages];
    const first = await ask({ ...task.body, messages });
    messages.push({ role: "assistant", content: first.content });
    const calls = first.content.filter((b) => b.type === "tool_use");
    const content = calls.map((c) => ({ type: "tool_result", tool_use_id: c.id, content: `result of ${JSON.stringify(c.input)}` }));
    messages.push({ role: "user", content });
    const second = await ask({ ...task.body, messages });
    return { calls: calls.map((c) => ({ name: c.name, input: c.input })), text: text(second), stop: first.stop_reason };
  },
  async models() {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    return { ids };
  },
  async count() {
    return await client.messages.countTokens(task.body);
  },
};

try {
  console.log(JSON.stringify({ ok: true, ...(await tasks[task.do]()) }));
} catch (error) {
  const { name, message, status, requestID, type } = error;
  console.log(JSON.stringify({ ok: false, name: error.constructor?.name ?? name, message, status, request_id: requestID, type }));
}
