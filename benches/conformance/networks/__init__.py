"""Small networks as people write them in PyTorch, by kind. A block is its name, a function that makes the module, and the inputs."""

from networks import attention, dense, functions, heads, images, layers, recurrent, transformers, vision

KINDS = {
    "dense layers and activations": dense.BLOCKS,
    "convolutions, pools and norms": layers.BLOCKS,
    "convolutional blocks": vision.BLOCKS,
    "networks for images": images.BLOCKS,
    "attention": attention.BLOCKS,
    "transformers": transformers.BLOCKS,
    "recurrence and series": recurrent.BLOCKS,
    "embeddings and heads": heads.BLOCKS,
    "functions, graphs and flows": functions.BLOCKS,
}
