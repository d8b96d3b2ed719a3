// Reads one JSON object per line: first the schema, then sets ({"set": id, "policies": {...}}) and questions. Answers questions.
const cedar = require("@cedar-policy/cedar-wasm/nodejs");
const lines = require("fs").readFileSync(0, "utf8").split("\n").filter((line) => line);

function prepared(answer) {
  if (answer.type !== "success") throw new Error(JSON.stringify(answer));
}

for (const line of lines) {
  const item = JSON.parse(line);
  if (item.schema) prepared(cedar.preparseSchema("safeconduct", item.schema));
  else if (item.set) prepared(cedar.preparsePolicySet(item.set, { staticPolicies: item.policies }));
  else {
    const answer = cedar.statefulIsAuthorized({ ...item, preparsedSchemaName: "safeconduct", validateRequest: true });
    const response = answer.response;
    console.log(
      JSON.stringify(
        answer.type === "success"
          ? { decision: response.decision, reasons: [...response.diagnostics.reason].sort(), errors: response.diagnostics.errors.length }
          : { decision: "failure", reasons: [], errors: answer.errors.length },
      ),
    );
  }
}
