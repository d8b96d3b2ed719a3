// One task with the official OpenAI SDK for TypeScript, Chat Completions or Responses: JSON in, JSON out.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.env.SDK_HOME + "/");
const OpenAI = require("openai").default;
const task = JSON.parse(readFileSync(0, "utf8"));
const client = new OpenAI({ baseURL: task.base_url, apiKey: task.key });

const chat = async (body) => {
  if (!task.stream) return (await client.chat.completions.create(body)).choices[0].message;
  const stream = client.chat.completions.stream(body);
  return (await stream.finalChatCompletion()).choices[0].message;
};

const respond = async (body) => {
  if (!task.stream) return await client.responses.create(body);
  let final;
  for await (const event of await client.responses.create({ ...body, stream: true })) {
    if (event.type === "response.completed" || event.type === "response.incomplete") final = event.response;
    if (event.type === "response.failed") {
      const failure = new Error(event.response.error.message);
      failure.code = event.response.error.code;
      throw failure;
    }
  }
  if (!final) throw new Error("the stream ended before response.completed");
  return { ...final, output_text: final.output.flatMap((i) => i.content ?? []).map((c) => c.text ?? "").join("") };
};

const tasks = {
  async "chat.ask"() {
    const message = await chat(task.body);
    return { text: message.content, message };
  },
  async "chat.tools"() {
    const messages = [...task.body.messages];
    const first = await chat({ ...task.body, messages });
    messages.push(first);
    for (const call of first.tool_calls)
      messages.push({ role: "tool", tool_call_id: call.id, content: `result of ${call.function.arguments}` });
    const second = await chat({ ...task.body, messages });
    const calls = first.tool_calls.map((c) => ({ name: c.function.name, input: JSON.parse(c.function.arguments) }));
    return { calls, text: second.content };
  },
  async "responses.ask"() {
    const response = await respond(task.body);
    return { text: response.output_text, response };
  },
  async "responses.tools"() {
    const input = [...task.body.input];
    const first = await respond({ ...task.body, input });
    input.push(...first.output);
    const made = first.output.filter((item) => item.type === "function_call");
    for (const call of made)
      input.push({ type: "function_call_output", call_id: call.call_id, output: `result of ${call.arguments}` });
    const second = await respond({ ...task.body, input });
    return { calls: made.map((c) => ({ name: c.name, input: JSON.parse(c.arguments) })), text: second.output_text };
  },
  async models() {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    return { ids };
  },
};

try {
  console.log(JSON.stringify({ ok: true, ...(await tasks[task.do]()) }));
} catch (error) {
  const { name, message, status, requestID, code } = error;
  console.log(JSON.stringify({ ok: false, name: error.constructor?.name ?? name, message, status, request_id: requestID, code }));
}
