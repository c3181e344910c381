#!/usr/bin/env bash
# Installs what run.py compares with, each in an environment of its own below a folder (several gigabytes):
#   benches/perf-peers/setup.sh FOLDER
# and makes a small tokenizer there, which aiperf wants also when the server counts tokens.
set -eu
folder=$1
mkdir -p "$folder/venv"
for package in 'evalscope[perf]==1.14.1' guidellm==0.8.1 aiperf==0.13.0; do
  name=${package%%[[=]*}
  [ -x "$folder/venv/$name/bin/$name" ] && continue
  python3 -m venv "$folder/venv/$name"
  "$folder/venv/$name/bin/pip" install -q "$package"
done
"$folder/venv/aiperf/bin/python" - "$folder/tokenizer" <<'P'
import sys
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
words = ["<unk>", "<s>", "</s>", "word", "prompt"] + [str(number) for number in range(1000)]
tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(words)}, unk_token="<unk>"))
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>")
fast.chat_template = "{% for m in messages %}{{ m['content'] }} {% endfor %}"
fast.save_pretrained(sys.argv[1])
P
