"""What pyrnn leaves on disk, and how it reads it: each way once.

atomic_file.py    files that are there whole or not at all
strict_json.py    JSON out of files that anybody may have written
tensors.py        the bytes of safetensors files
content.py        what a file of the user's holds
checkpoint.py     a tree of arrays and values as one safetensors file
model_folder.py   a model: weights.safetensors and config.json
run_folder.py     a run: last and best checkpoint, history
"""
