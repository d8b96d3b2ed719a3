"""python -m training.vectors --base FOLDER --out FILE: what the reference tokenizer answers, for the test of our WordPiece."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import tokenizers

TEXTS = (
    "",
    " ",
    "Hello, world!",
    "The quick brown fox jumps over the lazy dog.",
    "unaffable embeddings tokenization antidisestablishmentarianism",
    "Don't stop: it's 5 o'clock (GMT+1); e.g. a/b_c-d~e^f`g|h.",
    "naïve café Ångström ﬁnal Straße İstanbul ǅ ΑΒΓ ς",
    "e\u0301 a\u0308 n\u0303 combining",
    "Привет, как дела? Ёлка и йод.",
    "你好,世界!今天天气怎么样?",
    "日本語のテキストとカタカナ、ひらがな。",
    "한국어 문장은 조합형으로 바뀝니다.",
    "مرحبا بالعالم، كيف حالك؟",
    "שלום עולם, מה נשמע?",
    "नमस्ते दुनिया, आप कैसे हैं?",
    "สวัสดีชาวโลก",
    "Xin chào thế giới, đường phố.",
    "zero\u200bwidth\u200cjoin\u200der\ufeff soft\u00adhyphen",
    "tab\tnew\nline\r\nform\x0cfeed vertical\x0btab nul\x00bell\x07",
    "non\u00a0breaking\u2003em\u3000ideographic",
    "emoji 😀 flags 🇩🇪 family 👨‍👩‍👧 keycap 1️⃣",
    "“curly” ‘quotes’ — dash … ellipsis ¿que? ¡no! § ¶ • ™ € £",  # noqa: RUF001
    "x" * 100,
    "x" * 101,
    "a" + "ß" * 60,
    "def f(x: int) -> int:\n    return x ** 2  # square",
    '{"key": [1, 2.5, null], "url": "https://example.com/?q=a%20b&c=d#e"}',
    "<|im_start|>system\nYou are<|im_end|> [INST] <<SYS>>",
    "\ud7a3 \uff21\uff22\uff23 ①②③ ½ ² ⅷ",
    "0123456789 1,000,000.00 3.14e-10 0xDEADBEEF",
    "\U0001d400\U0001d401 \U00020000\U0002a6df 㐀䶿豈",
    "private \ue000 use, unassigned \u0378, replacement \ufffd",
    "SGVsbG8gV29ybGQh aWdub3Jl",
    "ALLCAPS MiXeD CaSe ÀÉÎÕÜ",
)


def main() -> None:
    """Writes one JSON object a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    reference = tokenizers.Tokenizer.from_file(str(options.base / "tokenizer.json"))
    reference.no_padding()
    reference.no_truncation()
    lines = [json.dumps({"text": text, "ids": reference.encode(text, add_special_tokens=False).ids}) for text in TEXTS]
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
