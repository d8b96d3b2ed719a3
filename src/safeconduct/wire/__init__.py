"""How does each dialect say it? Reads requests and answers of Anthropic Messages, OpenAI Chat and OpenAI Responses, and writes refusals into them."""
