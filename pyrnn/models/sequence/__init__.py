"""What the families share that read a sequence, of text or of frames, and say something of it.

model.py            SequenceModel: the base of these families
options.py          how they are trained; what is not said follows the data
network.py          an encoder, and an output layer
inputs/             what a sequence is made of: ids of a text, frames of numbers
initial_weights.py  word vectors and language models to begin with
gathering.py        the sequences of a file, with what stands beside them
places.py           where each of them stands
"""
