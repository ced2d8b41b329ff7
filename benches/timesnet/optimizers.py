import torch
for cls in ("RAdam","Adam"):
    x=torch.ones(1,requires_grad=True)
    o=getattr(torch.optim,cls)([x],lr=0.1,weight_decay=0.01)
    for i in range(1,11):
        o.zero_grad(); (x*x).sum().backward(); o.step()
        if i in (1,5,6,7,10): print(cls,i,repr(x.item()))
