module github.com/gin-lasuite/gin-lasuite/examples

go 1.26.0

replace github.com/gin-lasuite/gin-lasuite => ../
