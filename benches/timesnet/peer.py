"""TimesNet in PyTorch, written from the paper (Wu et al., ICLR 2023) and the published semantics.

    python peer.py THREADS          answers requests on standard input, one JSON a line
    python peer.py --check FOLDER   compares with reference outputs (`*.safetensors`)

Every inception block runs its kernels one by one, as published; `merged` runs the one equivalent
kernel; `compiled` puts the network through `torch.compile`; `onnx` through ONNX Runtime
(inference). Memory is the process's peak, so each question about memory gets a process of its own.
"""

import json
import math
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

# PyTorch at its best: gradients times vanishing shares of periods are denormal numbers, with which
# some processors compute slowly.
torch.set_flush_denormal(True)


class Inception(nn.Module):
    """Mean of parallel convolutions with sides 1, 3, 5, ..."""

    def __init__(self, inputs, outputs, kernels, merged):
        super().__init__()
        self.kernels = nn.ModuleList(
            nn.Conv2d(inputs, outputs, 2 * i + 1, padding=i) for i in range(kernels)
        )
        self.merged = merged

    def forward(self, plane):
        if not self.merged:
            return torch.stack([kernel(plane) for kernel in self.kernels], -1).mean(-1)
        half = len(self.kernels) - 1
        weight = sum(F.pad(k.weight, [half - i] * 4) for i, k in enumerate(self.kernels))
        bias = sum(k.bias for k in self.kernels)
        count = len(self.kernels)
        return F.conv2d(plane, weight / count, bias / count, padding=half)


class TimesBlock(nn.Module):
    """Equations 3 to 6: fold at each strong period, convolve, unfold, weigh."""

    def __init__(self, c, merged):
        super().__init__()
        self.top_k = c["top_k"]
        kernels = c["num_kernels"]
        self.conv = nn.Sequential(
            Inception(c["d_model"], c["d_ff"], kernels, merged),
            nn.GELU(),
            Inception(c["d_ff"], c["d_model"], kernels, merged),
        )
        self.periods = None

    def forward(self, x):
        batch, length, width = x.shape
        amplitude = torch.fft.rfft(x, dim=1).abs()
        mean = amplitude.mean(0).mean(-1)
        mean[0] = 0
        frequencies = torch.topk(mean, self.top_k).indices.tolist()
        self.periods = [length // f for f in frequencies]
        weights = torch.softmax(amplitude.mean(-1)[:, frequencies], 1)
        results = []
        for period in self.periods:
            padding = -length % period
            plane = F.pad(x, [0, 0, 0, padding]) if padding else x
            plane = plane.reshape(batch, -1, period, width).permute(0, 3, 1, 2).contiguous()
            plane = self.conv(plane)
            results.append(plane.permute(0, 2, 3, 1).reshape(batch, -1, width)[:, :length])
        stacked = torch.stack(results, -1)
        return (stacked * weights[:, None, None, :]).sum(-1) + x


class Token(nn.Module):
    def __init__(self, inputs, width):
        super().__init__()
        self.tokenConv = nn.Conv1d(
            inputs, width, 3, padding=1, padding_mode="circular", bias=False
        )


class Positions(nn.Module):
    def __init__(self, width):
        super().__init__()
        time_ = torch.arange(5000.0)[:, None]
        pair = torch.exp(torch.arange(0, width, 2.0) * -(math.log(10000.0) / width))
        table = torch.zeros(5000, width)
        table[:, 0::2] = torch.sin(time_ * pair)
        table[:, 1::2] = torch.cos(time_ * pair)[:, : width // 2]
        self.register_buffer("pe", table[None])


class Temporal(nn.Module):
    def __init__(self, features, width):
        super().__init__()
        self.embed = nn.Linear(features, width, bias=False)


class Embedding(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.value_embedding = Token(c["enc_in"], c["d_model"])
        self.position_embedding = Positions(c["d_model"])
        self.temporal_embedding = Temporal(4, c["d_model"])
        self.dropout = nn.Dropout(c.get("dropout", 0.1))

    def forward(self, x, mark):
        value = self.value_embedding.tokenConv(x.transpose(1, 2)).transpose(1, 2)
        value = value + self.position_embedding.pe[:, : x.shape[1]]
        if mark is not None:
            value = value + self.temporal_embedding.embed(mark)
        return self.dropout(value)


class TimesNet(nn.Module):
    def __init__(self, c, merged=False):
        super().__init__()
        self.c = c
        self.model = nn.ModuleList(TimesBlock(c, merged) for _ in range(c["e_layers"]))
        self.enc_embedding = Embedding(c)
        self.layer_norm = nn.LayerNorm(c["d_model"])
        self.task = c["task_name"]
        seq, pred, width = c["seq_len"], c.get("pred_len", 0), c["d_model"]
        if "forecast" in self.task:
            self.predict_linear = nn.Linear(seq, seq + pred)
        if self.task == "classification":
            self.projection = nn.Linear(width * seq, c["num_class"])
        else:
            self.projection = nn.Linear(width, c["c_out"])

    def encode(self, x, mark):
        x = self.enc_embedding(x, mark)
        if "forecast" in self.task:
            x = self.predict_linear(x.transpose(1, 2)).transpose(1, 2)
        for block in self.model:
            x = self.layer_norm(block(x))
        return x

    def forward(self, x, mark=None, mask=None):
        if self.task == "classification":
            x = self.enc_embedding.dropout(F.gelu(self.encode(x, None)))
            if mark is not None:
                x = x * mark[:, :, None]
            return self.projection(x.reshape(x.shape[0], -1))
        if mask is not None:
            count = mask.sum(1, keepdim=True)
            mean = (x.sum(1, keepdim=True) / count).detach()
            x = (x - mean).masked_fill(mask == 0, 0)
            deviation = torch.sqrt((x * x).sum(1, keepdim=True) / count + 1e-5).detach()
        else:
            mean = x.mean(1, keepdim=True).detach()
            x = x - mean
            deviation = torch.sqrt(x.var(1, keepdim=True, unbiased=False) + 1e-5)
        y = self.projection(self.encode(x / deviation, mark)) * deviation + mean
        return y[:, -self.c["pred_len"] :] if "forecast" in self.task else y


def check(folder):
    from pathlib import Path

    from safetensors.torch import load_file

    worst = 0.0
    for path in sorted(Path(folder).glob("*.safetensors")):
        c = json.loads(path.with_suffix(".json").read_text())
        case = load_file(path)
        for merged in (False, True):
            model = TimesNet(c, merged).eval()
            weights = {n[2:]: t for n, t in case.items() if n.startswith("w.")}
            missing, extra = model.load_state_dict(weights, strict=False)
            assert not extra and all(n.endswith(".pe") for n in missing), (missing, extra)
            with torch.no_grad():
                out = model(case["x"], case.get("mark"), case.get("mask"))
            off = (out - case["out"]).abs().max().item()
            worst = max(worst, off)
            print(f"{path.stem}{' merged' if merged else ''}: off by {off:.1e}")
    assert worst < 1e-5, worst


class Session:
    """One network with its weights, its batch and its optimiser."""

    def __init__(self, request):
        from safetensors.torch import load_file

        torch.manual_seed(0)
        c = request["config"]
        kind = request["kind"]
        self.model = TimesNet(c, merged=kind == "merged")
        tensors = load_file(request["weights"])
        self.model.load_state_dict(tensors, strict=False)
        batch = load_file(request["batch"])
        self.x, self.y, self.mark = batch["x"], batch["y"], batch.get("mark")
        self.cuda = request.get("device") == "cuda"
        if self.cuda:
            torch.backends.cudnn.allow_tf32 = request["reduced"]
            self.model.cuda()
            self.x, self.y = self.x.cuda(), self.y.cuda()
            self.mark = None if self.mark is None else self.mark.cuda()
        self.run = torch.compile(self.model, dynamic=True) if kind == "compiled" else self.model
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-4)
        self.onnx = None
        if kind == "onnx":
            self.onnx = self.export()

    def export(self):
        import io

        import onnxruntime

        buffer = io.BytesIO()
        # The periods of this batch become constants: for another batch the graph would be wrong.
        names = ["x"] if self.mark is None else ["x", "mark"]
        inputs = (self.x,) if self.mark is None else (self.x, self.mark)
        torch.onnx.export(self.model.eval(), inputs, buffer, input_names=names, dynamo=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        session = onnxruntime.InferenceSession(buffer.getvalue(), options)
        self.inputs = dict(zip(names, (tensor.numpy() for tensor in inputs)))
        with torch.no_grad():
            plain = self.model(*inputs).numpy()
        off = abs(session.run(None, self.inputs)[0] - plain).max()
        assert off < 1e-3, off
        return session

    def synchronize(self):
        if self.cuda:
            torch.cuda.synchronize()

    def train(self):
        self.model.train()
        self.optimizer.zero_grad()
        loss = F.mse_loss(self.run(self.x, self.mark), self.y)
        loss.backward()
        self.optimizer.step()
        self.synchronize()

    def infer(self):
        if self.onnx is not None:
            return self.onnx.run(None, self.inputs)[0]
        self.model.eval()
        with torch.no_grad():
            out = self.run(self.x, self.mark)
        self.synchronize()
        return out


def serve(threads):
    torch.set_num_threads(threads)
    print(f"ready PyTorch {torch.__version__}, {threads} thread(s)", flush=True)
    session = None
    for line in sys.stdin:
        request = json.loads(line)
        answer = {}
        try:
            if request["do"] == "build":
                session = Session(request)
                session.model.eval()
                with torch.no_grad():
                    out = session.model(session.x, session.mark)
                answer = {"out": out.flatten()[:: max(1, out.numel() // 4096)].tolist(),
                          "periods": [b.periods for b in session.model.model]}
            else:
                step = session.train if request["do"] == "train" else session.infer
                times = []
                for _ in range(request.get("times", 1)):
                    start = time.perf_counter()
                    step()
                    times.append(time.perf_counter() - start)
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                answer = {"seconds": times, "peak_kib": peak}
        except Exception as error:  # told to the other side, which names it in the table
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0][:200]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "--check":
        check(sys.argv[2])
    else:
        serve(int(sys.argv[1]))
