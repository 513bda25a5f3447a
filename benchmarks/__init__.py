"""Speed and quality of pyrnn beside other libraries: verify, then time, then sign.

run.py            the commands; commands/ has their options
report.py         results/*.json as Markdown: sections.py lists its pages, *_markdown.py write them
timing.py         contestants in turns, with pauses; medians, and ratios pair by pair
agreement.py      whether two libraries computed the same
signature.py      machine, compiler, versions, commit: what a number is worth nothing without
result_file.py    results/*.json
options.py        what the commands take
processes.py      one process for each number of threads and allocator; fresh interpreters
package.py        makes this folder importable from a script in it
import_time.py    what `import pyrnn` costs beside `import numpy`
reading_memory.py what a table of texts takes in memory
text_memory.py    what a language model's texts take
kernels/          one layer, forward and forward + backward
models/           whole training steps
quality/          how good a model gets in a given time
baselines/        the rivals: numpy, torch, onnxruntime
"""
