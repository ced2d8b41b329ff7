"""The weights that PyTorch draws for the published network of ETTh1, as a checkpoint.

    python first_weights.py SEED HORIZON FILE.pth

The published code seeds PyTorch and then makes its layers in one order, each with PyTorch's own
draw before its second: so the same draws come out here.
"""

import sys

import torch
from torch import nn

import peer


class Inception(peer.Inception):
    """With the published draw after PyTorch's."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        for kernel in self.kernels:
            nn.init.kaiming_normal_(kernel.weight, mode="fan_out", nonlinearity="relu")
            nn.init.zeros_(kernel.bias)


class Token(peer.Token):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        nn.init.kaiming_normal_(self.tokenConv.weight, mode="fan_in", nonlinearity="leaky_relu")


def main():
    seed, horizon, file = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    peer.Inception, peer.Token = Inception, Token
    torch.manual_seed(seed)
    network = peer.TimesNet(
        {
            "task_name": "long_term_forecast",
            "seq_len": 96,
            "pred_len": horizon,
            "enc_in": 7,
            "c_out": 7,
            "d_model": 16,
            "d_ff": 32,
            "e_layers": 2,
            "top_k": 5,
            "num_kernels": 6,
        }
    )
    torch.save(network.state_dict(), file)


if __name__ == "__main__":
    main()
