#!/usr/bin/env python3
"""Writes small Model2Vec models of random numbers under models/, each with what
model2vec itself makes of some texts (pip install model2vec==0.10.0). Run it from
this folder. The vocabulary and the texts are our own writing.

golden.jsonl beside this file belongs to the built-in model and was made with it.
"""
import json
import shutil
from pathlib import Path

import numpy as np
from model2vec import StaticModel
from tokenizers import AddedToken, Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

PIECES = """[PAD] [UNK] a b c d e i n o r s t ##a ##b ##e ##i ##n ##o ##r ##s ##t ##ing ##ed ##able refund refunds
pay payment fails after partial capture ticket release roll back the of and in to is on not two users edit café
Refund Pay Café zürich zurich 東 京 . , ! ? - : 1 2 3""".split()

TEXTS = [
    "", " ", "zzz", "refund", "Refund fails after partial capture!", "the ticket is not refundable, and roll back is on",
    "Café café CAFÉ cafe\u0301", "東京 zürich 1-2:3", "payment payment payment release", "[PAD] refund [UNK] zzz ticket",
    "pay pay pay pay pay pay pay pay pay pay", "unknownwordsonly xyz", "editing refunded payable notation", "refund " * 600 + "ticket " * 100,
    "zzz zzz zzz zzz refund", "a " * 600 + "ticket " * 300,
]


def tokenizer(**settings):
    t = Tokenizer(WordPiece({p: i for i, p in enumerate(PIECES)}, unk_token="[UNK]", max_input_chars_per_word=100))
    t.normalizer = BertNormalizer(**settings)
    t.pre_tokenizer = BertPreTokenizer()
    t.add_special_tokens([AddedToken("[PAD]"), AddedToken("[UNK]")])
    return t


def write(name, vectors, tokenizer, drop=(), **parts):
    folder = Path("models") / name
    shutil.rmtree(folder, ignore_errors=True)
    StaticModel(vectors, tokenizer, **parts).save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({k: v for k, v in config.items() if k not in drop}, indent=1) + "\n")
    for extra in ("README.md", "modules.json"):
        (folder / extra).unlink(missing_ok=True)
    (folder / "model.safetensors").chmod(0o644)
    model = StaticModel.from_pretrained(folder)
    with open(folder / "golden.jsonl", "w") as golden:
        for text in TEXTS:
            vector = model.encode([text], normalize=True)[0]
            golden.write(json.dumps({"text": text, "vector": [round(float(x), 6) for x in vector]}) + "\n")


def main():
    rng = np.random.default_rng(7)
    n, dim = len(PIECES), 8
    real = rng.normal(size=(n, dim))
    small = rng.integers(-127, 128, size=(n, dim)).astype(np.int8)
    weights = rng.uniform(0.01, 2, size=n)
    rows = rng.normal(size=(12, dim)).astype(np.float32)
    mapping = rng.integers(0, 12, size=n)

    write("float32", real.astype(np.float32), tokenizer(), normalize=True, max_length=None)
    write("float16-default-length", real.astype(np.float16), tokenizer(), normalize=True, drop=["max_length"])
    write("float64-cased", real, tokenizer(lowercase=False), normalize=True, max_length=None)
    write("int8", small, tokenizer(), normalize=True, max_length=None)
    write("int8-weights-f64", small, tokenizer(), weights=weights, normalize=True, max_length=None)
    write("int8-weights-float16-short", small, tokenizer(), weights=weights.astype(np.float16), normalize=True, max_length=4)
    write("mapping-i64", rows, tokenizer(), token_mapping=mapping, normalize=True, max_length=None)
    write("mapping-i32-float16-short", rows.astype(np.float16), tokenizer(strip_accents=False), token_mapping=mapping.astype(np.int32),
          weights=weights.astype(np.float32), normalize=True, max_length=7)
    write("not-normalized", real.astype(np.float32), tokenizer(), normalize=False, max_length=None)


main()
