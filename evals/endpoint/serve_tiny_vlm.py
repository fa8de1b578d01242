#!/usr/bin/env python3
"""Makes a tiny random vision-language model (Qwen2-VL architecture) from nothing, and serves it
with vLLM on the CPU over the OpenAI protocol.

    serve_tiny_vlm.py make  DIR [steer]      # config, tokenizer, processor, weights -> DIR
    serve_tiny_vlm.py serve DIR PORT [...]   # serves DIR with vLLM on 127.0.0.1:PORT

With `steer`, two of the 128 dimensions are set by hand, so that the random model likes to say Yes or
No and then to stop, and to end a number after one digit: answers that can be read, for the other half
of the checks. Which word and which digit it says still comes from random weights and the picture.

Nothing is downloaded: the tokenizer is trained on the text below, the weights are drawn from a seed.
Needs the environment of README.txt (vllm-cpu 0.32.0, torch 2.13.0, transformers 5.19).
"""
import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
NAME = "tiny-vlm"
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>",
           "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"]
TEXT = """
You are given a screenshot of a web page. Answer the question about the page with yes or no.
Write one HTML file that looks exactly like the page: layout, colours, text, sizes, images.
<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Page</title><style>body{margin:0}
.card{display:flex;padding:16px;background:#fff;color:#222;border-radius:8px}</style></head><body>
<h1>Hello</h1><p>Text of the page, a link, a button and a table.</p></body></html>
Is there a button that says 'Book'? Are five riders shown? Does the plan cost more? Yes. No.
The judge compares two pictures and gives a score from 0 to 5 for each criterion, as one JSON object:
{"layout": 3, "colour": 4, "reason": "the columns are equal"} user assistant system
"""
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n"
    "{% if m['content'] is string %}{{ m['content'] }}{% else %}{% for c in m['content'] %}"
    "{% if c['type'] == 'image' or 'image' in c or 'image_url' in c %}"
    "<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif 'text' in c %}{{ c['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def make(folder: Path, steer: bool = False) -> None:
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import (AutoModelForImageTextToText, PreTrainedTokenizerFast, Qwen2VLConfig,
                              Qwen2VLProcessor)
    from transformers.models.qwen2_vl.image_processing_qwen2_vl import Qwen2VLImageProcessor
    from transformers.models.qwen2_vl.video_processing_qwen2_vl import Qwen2VLVideoProcessor

    folder.mkdir(parents=True, exist_ok=True)
    bpe = Tokenizer(models.BPE(byte_fallback=False))
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    bpe.train_from_iterator(TEXT.splitlines(), trainers.BpeTrainer(
        vocab_size=600, special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    bpe.save(str(folder / "tokenizer.json"))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"), eos_token="<|im_end|>",
        pad_token="<|endoftext|>", model_max_length=8192,
        additional_special_tokens=SPECIAL[1:2] + SPECIAL[3:])
    # What a picture may cost: at most 256 tokens of 28 by 28 pixels.
    size = {"shortest_edge": 4 * 28 * 28, "longest_edge": 256 * 28 * 28}
    processor = Qwen2VLProcessor(
        image_processor=Qwen2VLImageProcessor(size=size), tokenizer=tokenizer,
        video_processor=Qwen2VLVideoProcessor(size=size), chat_template=TEMPLATE)
    processor.save_pretrained(folder)
    of = {token: bpe.token_to_id(token) for token in SPECIAL}
    config = Qwen2VLConfig(
        text_config=dict(
            hidden_size=128, intermediate_size=256, num_hidden_layers=2, num_attention_heads=2,
            num_key_value_heads=1, vocab_size=640, max_position_embeddings=8192,
            initializer_range=0.3, bos_token_id=None, eos_token_id=of["<|im_end|>"],
            pad_token_id=of["<|endoftext|>"], rope_parameters={
                "rope_type": "default", "type": "mrope", "mrope_section": [8, 12, 12],
                "rope_theta": 10000.0}),
        vision_config=dict(depth=2, embed_dim=128, hidden_size=128, num_heads=2, mlp_ratio=2,
                           patch_size=14, spatial_merge_size=2, temporal_patch_size=2,
                           initializer_range=0.3),
        image_token_id=of["<|image_pad|>"], video_token_id=of["<|video_pad|>"],
        vision_start_token_id=of["<|vision_start|>"], vision_end_token_id=of["<|vision_end|>"],
        tie_word_embeddings=False)
    torch.manual_seed(0)
    model = AutoModelForImageTextToText.from_config(config, dtype=torch.float32)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim > 1:
                torch.nn.init.normal_(weight, std=weight[0].numel() ** -0.5)
        # Ids that the tokenizer does not have: never likelier than the rest.
        model.lm_head.weight[bpe.get_vocab_size():] = 0
        if steer:
            steer_answers(model, bpe, of["<|im_end|>"])
    model.generation_config.eos_token_id = of["<|im_end|>"]
    model.save_pretrained(folder)
    count = sum(p.numel() for p in model.parameters())
    print(json.dumps({"folder": str(folder), "parameters": count,
                      "vocabulary": bpe.get_vocab_size(), "files": sorted(p.name for p in folder.iterdir())}))


def steer_answers(model, bpe, end: int) -> None:
    """Dimension 0 is the same everywhere, so that its column of the head acts as a bias; dimension 1
    is set where the last token was Yes or No, and asks for the end."""
    text, vision = model.model.language_model, model.model.visual
    for layer in text.layers:
        for matrix in (layer.self_attn.o_proj.weight, layer.mlp.down_proj.weight):
            matrix[:2] = 0
    last = vision.merger.mlp[-1]
    last.weight[:2], last.bias[:2] = 0, 0
    last.bias[0] = 2
    words = [i for w in ("ĠYes", "Yes", "yes", "Ġyes", "ĠNo", "No", "no", "Ġno")
             if (i := bpe.token_to_id(w)) is not None]
    embedding, head = text.embed_tokens.weight, model.lm_head.weight
    embedding *= embedding.shape[1] ** 0.5
    embedding[:, 0], embedding[:, 1], embedding[words, 1] = 2, 0, 20
    head[:, :2] = 0
    head[words, 0], head[end, 1] = 4, 40
    for token in (",", "}", '"'):
        head[bpe.token_to_id(token), 0] = 3.5


def serve(folder: Path, port: str, more: list[str]) -> None:
    os.environ.update(VLLM_NO_USAGE_STATS="1", DO_NOT_TRACK="1", VLLM_CPU_KVCACHE_SPACE="1",
                      OMP_NUM_THREADS="2", VLLM_CPU_OMP_THREADS_BIND="nobind",
                      PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    # Not `vllm serve`: in this wheel that command asks for the metadata of a package named `vllm`.
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(folder),
               "--served-model-name", NAME, "--host", "127.0.0.1",
               "--port", port, "--dtype", "float32", "--max-model-len", "8192",
               "--max-num-seqs", "4", "--enforce-eager", "--limit-mm-per-prompt",
               '{"image": 8, "video": 0}', *more]
    print(" ".join(command), flush=True)
    os.execv(command[0], command)


if __name__ == "__main__":
    if sys.argv[1:2] == ["make"] and sys.argv[3:] in ([], ["steer"]):
        make(Path(sys.argv[2]), steer=len(sys.argv) == 4)
    elif len(sys.argv) >= 4 and sys.argv[1] == "serve":
        serve(Path(sys.argv[2]).resolve(), sys.argv[3], sys.argv[4:])
    else:
        sys.exit(__doc__)
